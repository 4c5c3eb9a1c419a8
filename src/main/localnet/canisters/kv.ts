// The `kv` canister: named texts, with a count of writes for each name, so that a test can see that
// something was written exactly once. It also has the methods of a registry that one uploader fills.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { type CallContext, type Canister, candidMetadata, candidMethod } from './canister.js';

const SERVICE = `service : {
  set : (text, text) -> ();
  get : (text) -> (opt text) query;
  list : () -> (vec record { text; text }) query;
  count : () -> (nat) query;
  writes : (text) -> (nat) query;
  set_uploader : (principal) -> ();
  register : (text, text) -> ();
  show : () -> (opt principal, vec record { text; text }) query;
}
`;

interface Item {
  value: string;
  writes: bigint;
}

/** Anybody may `set`; `register` is for the uploader and controllers; `set_uploader` is for controllers. */
export function createKvCanister(): Canister {
  const items = new Map<string, Item>();
  let uploader: Principal | undefined;

  const write = (name: string, value: string): void => {
    const item = items.get(name);
    items.set(name, { value, writes: (item?.writes ?? 0n) + 1n });
  };
  const list = (): [string, string][] => Array.from(items, ([name, item]) => [name, item.value]);
  const mayRegister = (context: CallContext): boolean =>
    context.isController(context.caller) || uploader?.compareTo(context.caller) === 'eq';

  const { Text, Nat } = IDL;
  const pairs = IDL.Vec(IDL.Tuple(Text, Text)) as unknown as IDL.Type<[string, string][]>;
  const noTypes = [] as const;
  return {
    metadata: candidMetadata(SERVICE),
    methods: new Map([
      [
        'set',
        candidMethod<[string, string], []>('update', [Text, Text], noTypes, (_context, name, value) => {
          write(name, value);
          return [];
        }),
      ],
      [
        'get',
        candidMethod<[string], [[] | [string]]>('query', [Text], [IDL.Opt(Text)], (_context, name) => {
          const item = items.get(name);
          return [item === undefined ? [] : [item.value]];
        }),
      ],
      ['list', candidMethod<[], [[string, string][]]>('query', noTypes, [pairs], () => [list()])],
      ['count', candidMethod<[], [bigint]>('query', noTypes, [Nat], () => [BigInt(items.size)])],
      [
        'writes',
        candidMethod<[string], [bigint]>('query', [Text], [Nat], (_context, name) => [
          items.get(name)?.writes ?? 0n,
        ]),
      ],
      [
        'set_uploader',
        candidMethod<[Principal], []>('update', [IDL.Principal], noTypes, (context, principal) => {
          if (!context.isController(context.caller)) {
            throw new Error('only a controller can call set_uploader');
          }
          uploader = principal;
          return [];
        }),
      ],
      [
        'register',
        candidMethod<[string, string], []>('update', [Text, Text], noTypes, (context, name, content) => {
          if (!mayRegister(context)) throw new Error('only the uploader or a controller can call register');
          write(name, content);
          return [];
        }),
      ],
      [
        'show',
        candidMethod<[], [[] | [Principal], [string, string][]]>(
          'query',
          noTypes,
          [IDL.Opt(IDL.Principal), pairs],
          () => [uploader === undefined ? [] : [uploader], list()],
        ),
      ],
    ]),
  };
}

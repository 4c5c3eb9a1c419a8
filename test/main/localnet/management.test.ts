import { type HttpAgent, StatePaths } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { agentOf, Blob, encode, idOf, Nat, query, Text, update } from './client.js';

const MANAGEMENT = 'aaaaa-aa';
const ID_ARG = IDL.Record({ canister_id: IDL.Principal });
const STATUS = IDL.Record({
  status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
  module_hash: IDL.Opt(Blob),
  settings: IDL.Record({
    controllers: IDL.Vec(IDL.Principal),
    environment_variables: IDL.Vec(IDL.Record({ name: Text, value: Text })),
  }),
});
interface Status {
  status: Record<string, null>;
  module_hash: [Uint8Array];
  settings: { controllers: Principal[]; environment_variables: { name: string; value: string }[] };
}

let localnet: Localnet;
let controller: HttpAgent;
let stranger: HttpAgent;
let canister: string;
const identity = Ed25519KeyIdentity.generate();

beforeEach(async () => {
  localnet = await startLocalnet({
    canisters: [{ kind: 'test' }],
    controllers: [identity.getPrincipal().toText()],
  });
  controller = agentOf(localnet, identity);
  stranger = agentOf(localnet);
  canister = idOf(localnet, 'test');
});
afterEach(() => localnet.close());

async function manage(agent: HttpAgent, methodName: string, arg: Uint8Array): Promise<Uint8Array> {
  const { reply } = await agent.update(MANAGEMENT, {
    methodName,
    arg,
    effectiveTarget: { canisterId: Principal.fromText(canister) },
  });
  return Uint8Array.from(reply);
}

const self = () => encode([[ID_ARG, { canister_id: Principal.fromText(canister) }]]);

async function status(agent = controller): Promise<Status> {
  return IDL.decode([STATUS], await manage(agent, 'canister_status', self()))[0] as unknown as Status;
}

describe('controllers', () => {
  test('read the status of their canister', async () => {
    const { status: running, settings, module_hash } = await status();
    expect(running).toEqual({ running: null });
    expect(settings.controllers.map(String)).toEqual([identity.getPrincipal().toText()]);
    expect(module_hash[0]).toHaveLength(32);
  });

  test('set environment variables, and the settings they do not name stay', async () => {
    const SETTINGS = IDL.Record({
      environment_variables: IDL.Opt(IDL.Vec(IDL.Record({ name: Text, value: Text }))),
    });
    const UPDATE = IDL.Record({ canister_id: IDL.Principal, settings: SETTINGS });
    const canister_id = Principal.fromText(canister);
    const environment_variables = [[{ name: 'A', value: '1' }]];
    await manage(
      controller,
      'update_settings',
      encode([[UPDATE, { canister_id, settings: { environment_variables } }]]),
    );
    const { settings } = await status();
    expect(settings.environment_variables).toEqual([{ name: 'A', value: '1' }]);
    expect(settings.controllers.map(String)).toEqual([identity.getPrincipal().toText()]);
  });

  test('hand the canister over, which the certified state shows', async () => {
    const SETTINGS = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
    const UPDATE = IDL.Record({ canister_id: IDL.Principal, settings: SETTINGS });
    const canister_id = Principal.fromText(canister);
    const path = StatePaths.canisterControllers(canister_id);
    const certified = async () =>
      (await controller.readState({ canisterId: canister_id }, { paths: [path] })).values
        .get(path)
        ?.map(String);
    expect(await certified()).toEqual([identity.getPrincipal().toText()]);
    const settings = { controllers: [[Principal.anonymous()]] };
    await manage(controller, 'update_settings', encode([[UPDATE, { canister_id, settings }]]));
    await expect(status()).rejects.toMatchObject({ code: { rejectErrorCode: 'IC0512' } });
    expect((await status(stranger)).status).toEqual({ running: null });
    expect(await certified()).toEqual(['2vxsx-fae']);
  });

  test('stop and start their canister', async () => {
    await manage(controller, 'stop_canister', self());
    expect((await status()).status).toEqual({ stopped: null });
    await expect(update(controller, canister, 'increment')).rejects.toMatchObject({
      code: { isCertified: false, rejectCode: 5, rejectErrorCode: 'IC0508' },
    });
    await expect(query(controller, canister, 'get', [], [Nat])).rejects.toThrow('is stopped');
    await manage(controller, 'start_canister', self());
    expect(await update(controller, canister, 'increment', [], [Nat])).toEqual([1n]);
  });
});

test.each(['canister_status', 'stop_canister', 'start_canister', 'update_settings'])(
  'nobody else may call %s',
  async (method) => {
    await expect(manage(stranger, method, self())).rejects.toMatchObject({
      code: { isCertified: false, rejectErrorCode: 'IC0512' },
    });
    expect((await status()).status).toEqual({ running: null });
  },
);

test('a method that does not exist is a rejection', async () => {
  await expect(manage(controller, 'install_code', self())).rejects.toMatchObject({
    code: { rejectErrorCode: 'IC0536' },
  });
});

describe('metadata', () => {
  async function read(agent: HttpAgent, name: string): Promise<string | null> {
    const canisterId = Principal.fromText(canister);
    const path = StatePaths.canisterMetadataString(canisterId, name);
    const { values } = await agent.readState({ canisterId }, { paths: [path] });
    return values.get(path);
  }

  test('is certified: present, absent, and private for controllers only', async () => {
    expect(await read(stranger, 'candid:service')).toContain('service :');
    expect(await read(stranger, 'purpose')).toBe('every way a call can end');
    expect(await read(stranger, 'absent')).toBeNull();
    expect(await read(controller, 'secret')).toBe('for controllers only');
    await expect(read(stranger, 'secret')).rejects.toThrow('controllers');
  });

  test('is read through the management canister too', async () => {
    const ARG = IDL.Record({ canister_id: IDL.Principal, name: Text });
    const ask = async (agent: HttpAgent, name: string) => {
      const arg = encode([[ARG, { canister_id: Principal.fromText(canister), name }]]);
      const bytes = await manage(agent, 'canister_metadata', arg);
      const [{ value }] = IDL.decode([IDL.Record({ value: Blob })], bytes) as unknown as [
        { value: Uint8Array },
      ];
      return Buffer.from(value).toString();
    };
    expect(await ask(stranger, 'purpose')).toBe('every way a call can end');
    expect(await ask(controller, 'secret')).toBe('for controllers only');
    await expect(ask(stranger, 'secret')).rejects.toThrow('no metadata section');
    await expect(ask(controller, 'absent')).rejects.toThrow('no metadata section');
  });
});

test('the module hash and the time are certified', async () => {
  const canisterId = Principal.fromText(canister);
  const paths = [StatePaths.canisterModuleHash(canisterId), StatePaths.time] as const;
  const { values } = await stranger.readState({ canisterId }, { paths: [...paths] });
  expect(values.get(paths[0])).toHaveLength(32);
  expect(Math.abs(Number(values.get(paths[1])) - Date.now())).toBeLessThan(60_000);
});

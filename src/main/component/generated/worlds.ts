// Generated from wit/ by scripts/generate.mjs: the functions of each version's world, with normalised types.
export const WORLDS = {
  "0.1": {
    "imports": {
      "canister-call": "func(req: record{method: string, arg: list<u8>, call-type: enum{update, query}, direct: bool, cycles: u64}) -> result<list<u8>, string>"
    },
    "exports": {
      "exec": "func(input: record{canister-id: string, environment: string, dirs: list<string>, files: list<record{name: string, content: string}>, identity-principal: string, proxy-canister-id: option<string>}) -> result<_, string>"
    }
  },
  "0.2": {
    "imports": {
      "canister-call": "func(req: record{target: variant{host, name(string)}, method: string, arg: list<u8>, call-type: enum{update, query}, direct: bool, cycles: u64}) -> result<list<u8>, string>",
      "canister-metadata-section": "func(req: record{target: variant{host, name(string)}, name: string, direct: bool}) -> result<option<list<u8>>, string>"
    },
    "exports": {
      "exec": "func(input: record{canister-id: string, environment: string, api-url: string, gateway-url: option<string>, dirs: list<record{key: string, path: string}>, files: list<record{key: string, name: string, content: string}>, fields: list<record{name: string, value: string}>, identity-principal: string, proxy-canister-id: option<string>, canister-ids: list<record{name: string, id: string}>}) -> result<_, string>"
    }
  }
} as const;

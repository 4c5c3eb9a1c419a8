// The Candid interface of the `assets` canister: the batch interface of an asset canister, so that what can
// upload to one can upload to it.
import { IDL } from '@icp-sdk/core/candid';

/** What `candid:service` says. */
export const ASSETS_SERVICE = `type Key = text;
type HeaderField = record { text; text };
type BatchOperationKind = variant {
  CreateAsset : record {
    key : Key; content_type : text; max_age : opt nat64; headers : opt vec HeaderField;
    enable_aliasing : opt bool; allow_raw_access : opt bool;
  };
  SetAssetContent : record {
    key : Key; content_encoding : text; chunk_ids : vec nat; last_chunk : opt blob; sha256 : opt blob;
  };
  SetAssetProperties : record {
    key : Key; max_age : opt opt nat64; headers : opt opt vec HeaderField;
    allow_raw_access : opt opt bool; is_aliased : opt opt bool;
  };
  UnsetAssetContent : record { key : Key; content_encoding : text };
  DeleteAsset : record { key : Key };
  Clear : record {};
};
type Permission = variant { Commit; ManagePermissions; Prepare };
service : {
  api_version : () -> (nat16) query;
  list : (record {}) -> (vec record {
    key : Key; content_type : text;
    encodings : vec record { content_encoding : text; sha256 : opt blob; length : nat; modified : int };
  }) query;
  get : (record { key : Key; accept_encodings : vec text }) -> (record {
    content : blob; content_type : text; content_encoding : text; sha256 : opt blob; total_length : nat;
  }) query;
  get_chunk : (record { key : Key; content_encoding : text; index : nat; sha256 : opt blob }) -> (record {
    content : blob;
  }) query;
  get_asset_properties : (Key) -> (record {
    max_age : opt nat64; headers : opt vec HeaderField; allow_raw_access : opt bool; is_aliased : opt bool;
  }) query;
  create_batch : (record {}) -> (record { batch_id : nat });
  create_chunk : (record { batch_id : nat; content : blob }) -> (record { chunk_id : nat });
  create_chunks : (record { batch_id : nat; content : vec blob }) -> (record { chunk_ids : vec nat });
  commit_batch : (record { batch_id : nat; operations : vec BatchOperationKind }) -> ();
  delete_batch : (record { batch_id : nat }) -> ();
  grant_permission : (record { to_principal : principal; permission : Permission }) -> ();
  list_permitted : (record { permission : Permission }) -> (vec principal);
}
`;

const { Bool, Int, Nat, Nat64, Nat8, Null, Opt, Record, Text, Tuple, Variant, Vec } = IDL;
const Blob = Vec(Nat8);
const HEADERS = Vec(Tuple(Text, Text));

export const EMPTY_RECORD = Record({});
export const BATCH_ID = Record({ batch_id: Nat });
export const CHUNK = Record({ batch_id: Nat, content: Blob });
export const CHUNK_ID = Record({ chunk_id: Nat });
export const CHUNKS = Record({ batch_id: Nat, content: Vec(Blob) });
export const CHUNK_IDS = Record({ chunk_ids: Vec(Nat) });
export const PERMISSION = Variant({ Commit: Null, ManagePermissions: Null, Prepare: Null });
export const GRANT = Record({ to_principal: IDL.Principal, permission: PERMISSION });
export const PERMISSION_QUESTION = Record({ permission: PERMISSION });

export const COMMIT = Record({
  batch_id: Nat,
  operations: Vec(
    Variant({
      CreateAsset: Record({
        key: Text,
        content_type: Text,
        max_age: Opt(Nat64),
        headers: Opt(HEADERS),
        enable_aliasing: Opt(Bool),
        allow_raw_access: Opt(Bool),
      }),
      SetAssetContent: Record({
        key: Text,
        content_encoding: Text,
        chunk_ids: Vec(Nat),
        last_chunk: Opt(Blob),
        sha256: Opt(Blob),
      }),
      SetAssetProperties: Record({
        key: Text,
        max_age: Opt(Opt(Nat64)),
        headers: Opt(Opt(HEADERS)),
        allow_raw_access: Opt(Opt(Bool)),
        is_aliased: Opt(Opt(Bool)),
      }),
      UnsetAssetContent: Record({ key: Text, content_encoding: Text }),
      DeleteAsset: Record({ key: Text }),
      Clear: Record({}),
    }),
  ),
});

export const LISTING = Vec(
  Record({
    key: Text,
    content_type: Text,
    encodings: Vec(Record({ content_encoding: Text, sha256: Opt(Blob), length: Nat, modified: Int })),
  }),
);

export const GET = Record({ key: Text, accept_encodings: Vec(Text) });
export const GET_RESULT = Record({
  content: Blob,
  content_type: Text,
  content_encoding: Text,
  sha256: Opt(Blob),
  total_length: Nat,
});
export const GET_CHUNK = Record({ key: Text, content_encoding: Text, index: Nat, sha256: Opt(Blob) });
export const GET_CHUNK_RESULT = Record({ content: Blob });
export const PROPERTIES = Record({
  max_age: Opt(Nat64),
  headers: Opt(HEADERS),
  allow_raw_access: Opt(Bool),
  is_aliased: Opt(Bool),
});

// The shape in which host functions answer: a component-model result as a value, so that nothing is thrown
// on an ordinary path, and the types that hold our classes against the published declarations of WASI.

import type {
  Descriptor,
  DirectoryEntryStream,
} from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';
import type { Error as IoError } from '@bytecodealliance/preview2-shim/interfaces/wasi-io-error';
import type { Pollable } from '@bytecodealliance/preview2-shim/interfaces/wasi-io-poll';
import type { InputStream, OutputStream } from '@bytecodealliance/preview2-shim/interfaces/wasi-io-streams';

/** A component-model `result`. */
export type Result<Value, Failure> =
  | { readonly tag: 'ok'; readonly val: Value }
  | { readonly tag: 'err'; readonly val: Failure };

/** The `ok` case. */
export function ok<Value>(val: Value): { readonly tag: 'ok'; readonly val: Value } {
  return { tag: 'ok', val };
}

/** The `err` case. */
export function err<const Failure>(val: Failure): { readonly tag: 'err'; readonly val: Failure } {
  return { tag: 'err', val };
}

type Resource = Descriptor | DirectoryEntryStream | IoError | InputStream | OutputStream | Pollable;

// A resource of another interface is one of our own classes, which the glue tells apart by its prototype.
type HostedParameter<Value> = Value extends Resource ? never : Value;
type HostedReturn<Value> = Value extends Resource ? object : Value;
type HostedParameters<Values extends readonly unknown[]> = {
  [Index in keyof Values]: HostedParameter<Values[Index]>;
};

/**
 * What a class or interface must offer to stand for the declared `Interface`: the same names and arguments,
 * where a function that the declaration lets throw may answer with a {@link Result} instead.
 */
export type Hosted<Interface> = {
  [Name in keyof Interface]: Interface[Name] extends (...values: infer Values) => infer Value
    ? (...values: HostedParameters<Values>) => HostedReturn<Value> | Result<HostedReturn<Value>, unknown>
    : Interface[Name];
};

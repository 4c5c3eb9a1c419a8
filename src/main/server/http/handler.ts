// What does an operation of the API: given what the schemas let through, it gives what they promise.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Input, Operation, Output } from '../api/index.js';
import type { Caller } from './caller.js';

/** A request that was let through. */
export interface Call<Name extends Operation> extends Input<Name> {
  readonly caller: Caller;
  /** Aborts when the client has gone, or the service is being ended. */
  readonly signal: AbortSignal;
  /** The body of an upload. */
  readonly stream: AsyncIterable<Uint8Array>;
  readonly request: FastifyRequest;
  /** For what answers by itself. */
  readonly reply: FastifyReply;
}

/** What is answered. */
export interface Answer<Name extends Operation> {
  readonly status: number;
  readonly body: Output<Name>;
}

/** Answered by the handler itself, and over when the reader has gone. */
export const STREAMED = Symbol('streamed');

/** Does one operation. */
export type Handler<Name extends Operation> = (
  call: Call<Name>,
) => Promise<Answer<Name> | typeof STREAMED> | Answer<Name> | typeof STREAMED;

/** Does some of the operations. */
export type Handlers<Names extends Operation = Operation> = { readonly [Name in Names]: Handler<Name> };

/** 200, with `body`. */
export function done<Body>(body: Body): { readonly status: number; readonly body: Body } {
  return { status: 200, body };
}

/** 201 for what is new, 200 for what was there. */
export function made<Body>(
  outcome: 'created' | 'repeated',
  body: Body,
): { readonly status: number; readonly body: Body } {
  return { status: outcome === 'created' ? 201 : 200, body };
}

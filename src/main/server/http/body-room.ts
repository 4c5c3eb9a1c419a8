// How much room the bodies of requests may take that are on their way: each is held in memory until it is whole, and one
// token could otherwise have hundreds of the largest size begun.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { SandpoolError } from '../../../bridge/errors.js';
import { awaitsBody } from './request-body.js';

/** So many of the largest size at once, for each token. */
const LARGEST_AT_ONCE = 4;

/** The room of one service. */
export class BodyRoom {
  readonly #bodyBytes: number;
  readonly #taken = new Map<string, number>();

  /** @param bodyBytes the most that one body may have */
  constructor(bodyBytes: number) {
    this.#bodyBytes = bodyBytes;
  }

  /**
   * Takes room for the body of a request, by the length that it announces, until it is whole or given up.
   * @throws SandpoolError TOO_MUCH_AT_ONCE
   */
  take(request: FastifyRequest, reply: FastifyReply, tokenId: string): void {
    if (!awaitsBody(request)) return;
    const { raw } = request;
    const announced = Number(raw.headers['content-length'] ?? this.#bodyBytes);
    // What is larger is refused for that.
    const bytes = Math.min(announced, this.#bodyBytes);
    const limitBytes = this.#bodyBytes * LARGEST_AT_ONCE;
    const taken = this.#taken.get(tokenId) ?? 0;
    if (taken + bytes > limitBytes) throw new SandpoolError('TOO_MUCH_AT_ONCE', { limitBytes });
    this.#taken.set(tokenId, taken + bytes);
    let isTaken = true;
    const giveBack = (): void => {
      if (isTaken) this.#giveBack(tokenId, bytes);
      isTaken = false;
    };
    raw.once('end', giveBack).once('close', giveBack);
    // A request that was answered before its body came is told of nothing more.
    reply.raw.once('close', giveBack);
  }

  #giveBack(tokenId: string, bytes: number): void {
    const left = (this.#taken.get(tokenId) ?? 0) - bytes;
    if (left > 0) this.#taken.set(tokenId, left);
    else this.#taken.delete(tokenId);
  }
}

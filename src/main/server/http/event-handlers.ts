// Events as they happen.

import type { Service } from '../service/service.js';
import type { EventHub } from './event-hub.js';
import type { EventScope } from './event-stream.js';
import { type Call, type Handlers, STREAMED } from './handler.js';

type EventOperation = 'streamEvents' | 'streamRunEvents' | 'streamBatchEvents';

export function eventHandlers({ store }: Service, hub: EventHub): Handlers<EventOperation> {
  const stream = (
    { caller, reply, headers, query }: Call<EventOperation>,
    scope: EventScope,
    from: number,
  ): typeof STREAMED => {
    hub.requirePlace();
    const asked = headers['last-event-id'];
    const wanted = asked === undefined ? (query.after ?? from) : Number(asked);
    // What is past the end was never sent by this store: its reader would wait for events that may never be.
    const position = Math.min(wanted, store.events.lastSequence());
    reply.hijack();
    // What was set for every answer, such as the security headers, goes with this one too.
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // When it ends, so does the connection: nothing else comes on it.
      connection: 'close',
      // Proxies that would gather events before passing them on know this.
      'x-accel-buffering': 'no',
    });
    hub.open(reply.raw, scope, position, () => caller.isWelcome);
    return STREAMED;
  };
  return {
    streamEvents: (call) => {
      const tokenId = call.caller.seenTokenId;
      return stream(call, tokenId === undefined ? {} : { tokenId }, store.events.lastSequence());
    },
    streamRunEvents: (call) => {
      const { id: runId } = call.caller.run(call.params.id);
      return stream(call, { runId }, 0);
    },
    streamBatchEvents: (call) => {
      const { id: batchId } = call.caller.batch(call.params.id);
      return stream(call, { batchId }, 0);
    },
  };
}

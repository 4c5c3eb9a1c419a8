// What the service tells of itself.

import type { RunLimits } from '../../pool/limits.js';
import type { Service } from '../service/service.js';
import { TOTALS_RESOLUTION_MS } from '../store/index.js';
import { askedTime } from './asked-time.js';
import { done, type Handlers } from './handler.js';
import { auditView, pageView, timestamp } from './views.js';

type ServiceOperation = 'getSession' | 'getTotals' | 'listAudit';

export function serviceHandlers(
  { store, configuration, identities }: Service,
  version: string,
): Handlers<ServiceOperation> {
  const { networks, canisters, concurrency, limits } = configuration;
  return {
    getSession: ({ caller: { token, grant } }) => {
      const { id, name, scopes, createdAtMs } = token;
      return done({
        token: { id, name, createdAt: timestamp(createdAtMs) },
        scopes: [...scopes],
        identities: grant.identities.map((identity) => ({
          name: identity,
          principal: identities.get(identity)?.principal ?? '',
        })),
        networks: grant.networks.map((network) => ({ name: network, url: networks.get(network)?.url ?? '' })),
        canisterLists:
          grant.canisterLists?.map((list) => ({ name: list, canisters: [...(canisters.get(list) ?? [])] })) ??
          null,
        service: { version, concurrency, limits: finite(limits) },
      });
    },
    getTotals: ({ caller, query: { from, to, spans = 60 } }) => {
      const fromMs = askedTime('from', from);
      const toMs = to === undefined ? Date.now() : askedTime('to', to);
      const minutes = Math.ceil(Math.max(0, toMs - fromMs) / spans / TOTALS_RESOLUTION_MS);
      const spanMs = Math.max(1, minutes) * TOTALS_RESOLUTION_MS;
      const tokenId = caller.seenTokenId;
      const totals = store.totals.read({
        fromMs,
        toMs,
        spanMs,
        ...(tokenId === undefined ? {} : { tokenId }),
      });
      const items = totals.map(({ fromMs: startMs, ...counts }) => ({ from: timestamp(startMs), ...counts }));
      return done({ spanMs, items });
    },
    listAudit: ({ query: { actor, subject, before, limit } }) => {
      const page = store.audit.read({
        ...(actor === undefined ? {} : { actor }),
        ...(subject === undefined ? {} : { subject }),
        ...(before === undefined ? {} : { before }),
        ...(limit === undefined ? {} : { limit }),
      });
      return done(pageView(page, auditView));
    },
  };
}

/** JSON has no infinity. */
function finite(limits: RunLimits): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

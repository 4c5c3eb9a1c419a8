// What the service measures of itself, for Prometheus.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HostCallEndEvent } from '../../canister/index.js';
import type { RunOutcome } from '../service/run-executor.js';
import type { RunObserver, Service } from '../service/service.js';
import type { Run } from '../store/index.js';
import type { EventHub } from './event-hub.js';

const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800];

/** The metrics of one service. */
export class Metrics implements RunObserver {
  readonly registry = new Registry();
  readonly #ended: Counter<'state' | 'code'>;
  readonly #calls: Counter<never>;
  readonly #compute: Counter<never>;
  readonly #waiting: Counter<never>;
  readonly #updates: Counter<'state'>;
  readonly #callSeconds: Histogram<'kind' | 'outcome'>;
  readonly #queued: Histogram<never>;
  readonly #wall: Histogram<'state'>;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor(service: Service, hub: EventHub) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const { dispatcher, pool, store } = service;
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge('sandpool_runs_queued', 'Runs that wait', () => dispatcher.counts.waiting);
    gauge('sandpool_runs_running', 'Runs under way', () => dispatcher.counts.running);
    gauge('sandpool_threads', 'Threads of the pool', () => pool.stats().threads);
    gauge(
      'sandpool_threads_stuck',
      'Threads that were told to end and have not',
      () => pool.stats().stuckThreads,
    );
    gauge('sandpool_event_streams', 'Open event streams', () => hub.size);
    gauge(
      'sandpool_events_waiting',
      'Events that are not written yet',
      () => store.eventWriter.counts.waiting,
    );
    gauge('sandpool_store_bytes', 'What the store takes up in its file', () => store.retention.usedBytes());
    gauge('sandpool_bundle_bytes', 'What bundles take up', () => service.bundles.usedBytes);
    new Counter({
      name: 'sandpool_plugin_lookups_total',
      help: 'Plugins that runs asked for, by whether they were prepared already',
      labelNames: ['outcome'],
      registers,
      collect() {
        const { hits, misses } = service.plugins.lookups;
        this.reset();
        this.inc({ outcome: 'hit' }, hits);
        this.inc({ outcome: 'miss' }, misses);
      },
    });
    this.#ended = new Counter({
      name: 'sandpool_runs_ended_total',
      help: 'Runs that ended, by state and by the code of their error',
      labelNames: ['state', 'code'],
      registers,
    });
    this.#calls = new Counter({
      name: 'sandpool_host_calls_total',
      help: 'Host calls of plugins',
      registers,
    });
    this.#updates = new Counter({
      name: 'sandpool_updates_total',
      help: 'Updates of runs that ended, by what became of them',
      labelNames: ['state'],
      registers,
    });
    this.#compute = new Counter({
      name: 'sandpool_compute_seconds_total',
      help: 'Time plugins computed',
      registers,
    });
    this.#waiting = new Counter({
      name: 'sandpool_waiting_seconds_total',
      help: 'Time plugins waited for host calls',
      registers,
    });
    this.#callSeconds = new Histogram({
      name: 'sandpool_host_call_seconds',
      help: 'From the beginning of a host call to its end, by its kind, and `ok` or the code of its error',
      labelNames: ['kind', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.#queued = new Histogram({
      name: 'sandpool_run_queued_seconds',
      help: 'From the making of a run to its start',
      buckets: SECONDS,
      registers,
    });
    this.#wall = new Histogram({
      name: 'sandpool_run_seconds',
      help: 'From the start of a run to its end',
      labelNames: ['state'],
      buckets: SECONDS,
      registers,
    });
    this.#requests = new Histogram({
      name: 'sandpool_http_request_seconds',
      help: 'From a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
  }

  started(run: Run): void {
    this.#queued.observe(Math.max(0, Date.now() - run.createdAtMs) / 1000);
  }

  called({ callType: kind, outcome, milliseconds }: HostCallEndEvent): void {
    this.#callSeconds.observe({ kind, outcome }, milliseconds / 1000);
  }

  ended(_run: Run, { state, report: { error, statistics, updates } }: RunOutcome): void {
    this.#ended.inc({ state, code: error?.code ?? 'none' });
    for (const update of updates) this.#updates.inc({ state: update.state });
    if (statistics === undefined) return;
    this.#calls.inc(statistics.hostCalls);
    this.#compute.inc(statistics.computeMs / 1000);
    this.#waiting.inc(statistics.waitingMs / 1000);
    this.#wall.observe({ state }, statistics.wallMs / 1000);
  }

  /** @param route as it is declared: the label must not take on whatever clients send */
  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }
}

// Generated from docs/openapi.json by scripts/generate.mjs: the operations of the service and their types.
import * as Oazapfts from "@oazapfts/runtime";
import * as QS from "@oazapfts/runtime/query";
export type Session = {
    token: {
        /** Made by the service; later ones sort behind earlier ones */
        id: string;
        name: string;
        /** ISO 8601, UTC, milliseconds */
        createdAt: string;
    };
    scopes: ("read" | "run" | "admin")[];
    identities: {
        name: string;
        /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
        principal: string;
    }[];
    networks: {
        name: string;
        url: string;
    }[];
    /** The canisters it may reach; null: any */
    canisterLists: {
        name: string;
        canisters: string[];
    }[] | null;
    service: {
        version: string;
        /** Runs at once */
        concurrency: number;
        /** The most a run may ask for; null: no limit */
        limits: {
            [key: string]: number | null;
        };
    };
};
export type Totals = {
    spanMs: number;
    items: {
        /** ISO 8601, UTC, milliseconds */
        "from": string;
        succeeded: number;
        failed: number;
        cancelled: number;
        interrupted: number;
        /** Of all these runs together */
        computeMs: number;
        /** Of all these runs together */
        waitingMs: number;
    }[];
};
export type AuditEntry = {
    "number": number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** The id of a token, or `command-line` */
    actor: string;
    action: string;
    subject: string;
    details: unknown;
};
export type AuditPage = {
    items: AuditEntry[];
    /** To be given as `before` for the next page; absent on the last */
    next?: string;
};
export type Plugin = {
    /** SHA-256, 64 lower-case hex characters */
    sha256: string;
    /** Given when it was uploaded first */
    name: string;
    sizeBytes: number;
    /** Of icp:sync-plugin, such as 0.2.0 */
    interfaceVersion: string;
    /** No new run takes one that is disabled */
    enabled: boolean;
    /** ISO 8601, UTC, milliseconds */
    createdAt: string;
};
export type PluginList = {
    items: Plugin[];
};
export type PluginFetch = {
    /** https, at a public address */
    url: string;
    /** SHA-256, 64 lower-case hex characters */
    sha256: string;
    name?: string;
};
export type ErrorReport = {
    /** A literal code of the errors table */
    code: string;
    /** Who can mend it */
    kind: "user" | "plugin" | "limit" | "network" | "host";
    message: string;
    /** What to do about it */
    hint?: string;
    /** The values in the message */
    details: {
        [key: string]: string | number | boolean;
    };
};
export type PluginInspection = {
    plugin: Plugin;
    runsHere: boolean;
    error?: ErrorReport;
    "interface": string | null;
    /** What it may do: each interface is granted by name */
    imports: string[];
    exports: string[];
    /** The tools that made it, as it says itself */
    producers: string[];
};
export type PluginChange = {
    enabled: boolean;
};
export type Bundle = {
    /** Of the archive */
    sha256: string;
    fileCount: number;
    /** Of all files together */
    sizeBytes: number;
    /** ISO 8601, UTC, milliseconds */
    createdAt: string;
};
export type BundleList = {
    items: Bundle[];
};
export type BundleContents = {
    /** Of the archive */
    sha256: string;
    fileCount: number;
    /** Of all files together */
    sizeBytes: number;
    /** ISO 8601, UTC, milliseconds */
    createdAt: string;
    files: {
        path: string;
        sizeBytes: number;
    }[];
};
export type Limits = {
    /** Time to compute */
    computeBudgetMs?: number;
    /** Time from its start to its end */
    wallTimeMs?: number;
    /** Linear memory */
    memoryBytes?: number;
    tableElements?: number;
    /** Number of host calls */
    hostCalls?: number;
    /** Of each of stdout and stderr */
    outputBytes?: number;
    /** Of the argument of one call */
    argumentBytes?: number;
    /** Of one reply */
    replyBytes?: number;
    /** Open descriptors, and pollables */
    handles?: number;
};
export type RunRequest = {
    /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
    canister: string;
    label?: string;
    /** SHA-256, 64 lower-case hex characters */
    plugin: string;
    /** A configured name */
    network: string;
    /** A configured name */
    identity: string;
    /** What the plugin is told; else the network's name */
    environment?: string;
    /** SHA-256, 64 lower-case hex characters */
    bundle?: string;
    /** The canister's folder in the bundle, which paths are relative to; else its root */
    folder?: string;
    /** Directories it may read (0.1) */
    dirs?: string[];
    files?: string[] | {
        [key: string]: string;
    };
    /** Values by name (0.2) */
    fields?: {
        [key: string]: string;
    };
    /** Other canisters that it may call, by name (0.2); the token must allow each */
    canisters?: {
        [key: string]: string;
    };
    /** Ids that it is told (0.2); grants nothing */
    canisterIds?: {
        [key: string]: string;
    };
    /** The canister that updates go through; the token must allow it */
    proxy?: string;
    limits?: Limits;
    /** Higher goes first; 0 when absent */
    priority?: number;
};
export type Statistics = {
    queuedMs: number;
    computeMs: number;
    waitingMs: number;
    sleepingMs: number;
    wallMs: number;
    hostCalls: number;
    bytesSent: number;
    bytesReceived: number;
    peakMemoryBytes: number;
    clock: "thread-cpu" | "elapsed";
};
export type Run = {
    /** Made by the service; later ones sort behind earlier ones */
    id: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    /** Of a run, or of a batch as a whole */
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
    /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
    canister: string;
    label?: string;
    network: string;
    identity: string;
    environment: string;
    /** SHA-256, 64 lower-case hex characters */
    plugin: string;
    /** SHA-256, 64 lower-case hex characters */
    bundle?: string;
    priority: number;
    /** From 1 */
    attempt: number;
    /** The run that this one does again */
    retryOf?: string;
    /** ISO 8601, UTC, milliseconds */
    createdAt: string;
    /** ISO 8601, UTC, milliseconds */
    startedAt?: string;
    /** ISO 8601, UTC, milliseconds */
    endedAt?: string;
    statistics?: Statistics;
    error?: ErrorReport;
};
export type RunPage = {
    items: Run[];
    /** To be given as `before` for the next page; absent on the last */
    next?: string;
};
export type Update = {
    /** Of the host call that made it, from 1 */
    "number": number;
    /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
    canister: string;
    method: string;
    state: "in-flight" | "applied" | "rejected" | "not-sent" | "unknown";
    /** In hex: what the network can be asked for */
    requestId?: string;
    /** ISO 8601, UTC, milliseconds */
    sentAt: string;
    /** ISO 8601, UTC, milliseconds */
    endedAt?: string;
};
export type UpdateList = {
    items: Update[];
};
export type ServiceEvent = {
    "type": "run-started";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
    canister: string;
} | {
    "type": "run-computing";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
} | {
    "type": "output";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    stream: "stdout" | "stderr";
    lines: string[];
    /** The last line goes on in the next output of this stream */
    partial?: true;
} | {
    "type": "call-started";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    /** Counts the host calls of the run, from 1 */
    call: number;
    kind: "update" | "query" | "metadata";
    /** The method, or the name of the metadata section */
    method: string;
    /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
    target: string;
} | {
    "type": "call-ended";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    call: number;
    durationMs: number;
    /** `ok`, or the code of the error */
    outcome: string;
} | {
    "type": "events-lost";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    count: number;
} | {
    "type": "run-finished";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    /** Of a run, or of a batch as a whole */
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
    error?: ErrorReport;
    statistics?: Statistics;
    updates?: {
        /** Of the host call that made it, from 1 */
        "number": number;
        /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
        canister: string;
        method: string;
        state: "in-flight" | "applied" | "rejected" | "not-sent" | "unknown";
        /** In hex: what the network can be asked for */
        requestId?: string;
    }[];
} | {
    "type": "run-interrupted";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    run: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch?: string;
    /** Of a run, or of a batch as a whole */
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
} | {
    "type": "batch-created";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch: string;
    runs: number;
} | {
    "type": "batch-finished";
    /** In the order of writing, across all runs: what `Last-Event-ID` names */
    sequence: number;
    /** ISO 8601, UTC, milliseconds */
    time: string;
    /** Made by the service; later ones sort behind earlier ones */
    batch: string;
    /** Of a run, or of a batch as a whole */
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
};
export type EventPage = {
    items: ServiceEvent[];
    /** To be given as `after`; absent when there are no more yet */
    next?: number;
};
export type BatchRequest = {
    name?: string;
    /** Runs at once; else the service's own */
    concurrency?: number;
    /** Higher goes first; 0 when absent */
    priority?: number;
    /** For runs that do not say otherwise */
    defaults?: {
        /** SHA-256, 64 lower-case hex characters */
        plugin?: string;
        /** A configured name */
        network?: string;
        /** A configured name */
        identity?: string;
        /** What the plugin is told; else the network's name */
        environment?: string;
        /** SHA-256, 64 lower-case hex characters */
        bundle?: string;
        /** The canister's folder in the bundle, which paths are relative to; else its root */
        folder?: string;
        /** Directories it may read (0.1) */
        dirs?: string[];
        files?: string[] | {
            [key: string]: string;
        };
        /** Values by name (0.2) */
        fields?: {
            [key: string]: string;
        };
        /** Other canisters that it may call, by name (0.2); the token must allow each */
        canisters?: {
            [key: string]: string;
        };
        /** Ids that it is told (0.2); grants nothing */
        canisterIds?: {
            [key: string]: string;
        };
        /** The canister that updates go through; the token must allow it */
        proxy?: string;
        limits?: Limits;
        /** Higher goes first; 0 when absent */
        priority?: number;
    };
    runs: {
        /** A principal in text, such as rrkah-fqaaa-aaaaa-aaaaq-cai */
        canister: string;
        label?: string;
        /** SHA-256, 64 lower-case hex characters */
        plugin?: string;
        /** A configured name */
        network?: string;
        /** A configured name */
        identity?: string;
        /** What the plugin is told; else the network's name */
        environment?: string;
        /** SHA-256, 64 lower-case hex characters */
        bundle?: string;
        /** The canister's folder in the bundle, which paths are relative to; else its root */
        folder?: string;
        /** Directories it may read (0.1) */
        dirs?: string[];
        files?: string[] | {
            [key: string]: string;
        };
        /** Values by name (0.2) */
        fields?: {
            [key: string]: string;
        };
        /** Other canisters that it may call, by name (0.2); the token must allow each */
        canisters?: {
            [key: string]: string;
        };
        /** Ids that it is told (0.2); grants nothing */
        canisterIds?: {
            [key: string]: string;
        };
        /** The canister that updates go through; the token must allow it */
        proxy?: string;
        limits?: Limits;
        /** Higher goes first; 0 when absent */
        priority?: number;
    }[];
};
export type Batch = {
    /** Made by the service; later ones sort behind earlier ones */
    id: string;
    name?: string;
    /** Of a run, or of a batch as a whole */
    state: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
    counts: {
        queued: number;
        running: number;
        succeeded: number;
        failed: number;
        cancelled: number;
        interrupted: number;
    };
    concurrency: number;
    priority: number;
    /** The batch whose runs this one does again */
    retryOf?: string;
    /** ISO 8601, UTC, milliseconds */
    createdAt: string;
    /** ISO 8601, UTC, milliseconds */
    startedAt?: string;
    /** ISO 8601, UTC, milliseconds */
    endedAt?: string;
};
export type BatchPage = {
    items: Batch[];
    /** To be given as `before` for the next page; absent on the last */
    next?: string;
};
export type BatchRetry = {
    /** Else failed and interrupted */
    states?: ("succeeded" | "failed" | "cancelled" | "interrupted")[];
};
/** As it is, for a compiler that tells an absent member from an undefined one. */
type Runtime = Omit<ReturnType<typeof Oazapfts.runtime>, 'json'> & {
    json(request: Oazapfts.RequestOpts & { body?: unknown }): Oazapfts.RequestOpts & { body?: string };
};
/** The operations, done with these defaults. */
export function operationsWith(defaults: Oazapfts.RequestOpts) {
const oazapfts = Oazapfts.runtime(defaults) as Runtime;
/**
 * Who is asking, and what that token may do
 */
function getSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Session;
    }>("/v1/session", {
        ...opts
    }));
}
/**
 * How many runs ended when, and how
 */
function getTotals(from: string, { to, spans }: {
    to?: string;
    spans?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Totals;
    }>(`/v1/totals${QS.query(QS.explode({
        "from": from,
        to,
        spans
    }))}`, {
        ...opts
    }));
}
/**
 * Every change, and who made it
 */
function listAudit({ actor, subject, before, limit }: {
    actor?: string;
    subject?: string;
    before?: string;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AuditPage;
    }>(`/v1/audit${QS.query(QS.explode({
        actor,
        subject,
        before,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * Upload a plugin; the same bytes are one plugin
 */
function uploadPlugin(body: Blob, { name, sha256 }: {
    name?: string;
    sha256?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Plugin;
    } | {
        status: 201;
        data: Plugin;
    }>(`/v1/plugins${QS.query(QS.explode({
        name,
        sha256
    }))}`, {
        ...opts,
        method: "POST",
        body
    }));
}
/**
 * All plugins
 */
function listPlugins(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PluginList;
    }>("/v1/plugins", {
        ...opts
    }));
}
/**
 * Have the service fetch a plugin
 */
function fetchPlugin(pluginFetch: PluginFetch, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Plugin;
    } | {
        status: 201;
        data: Plugin;
    }>("/v1/plugins/fetch", oazapfts.json({
        ...opts,
        method: "POST",
        body: pluginFetch
    })));
}
/**
 * What a plugin is, and whether it would run here
 */
function inspectPlugin(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PluginInspection;
    }>(`/v1/plugins/${encodeURIComponent(sha256)}`, {
        ...opts
    }));
}
/**
 * Enable or disable a plugin
 */
function changePlugin(sha256: string, pluginChange: PluginChange, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Plugin;
    }>(`/v1/plugins/${encodeURIComponent(sha256)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: pluginChange
    })));
}
/**
 * Delete a plugin that no run names
 */
function deletePlugin(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/v1/plugins/${encodeURIComponent(sha256)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Upload directories and files as a tar, tar.gz or zip
 */
function uploadBundle(body: Blob, { sha256 }: {
    sha256?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Bundle;
    } | {
        status: 201;
        data: Bundle;
    }>(`/v1/bundles${QS.query(QS.explode({
        sha256
    }))}`, {
        ...opts,
        method: "POST",
        body
    }));
}
/**
 * The bundles that this token uploaded; for an admin, all
 */
function listBundles(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: BundleList;
    }>("/v1/bundles", {
        ...opts
    }));
}
/**
 * A bundle, with its files
 */
function getBundle(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: BundleContents;
    }>(`/v1/bundles/${encodeURIComponent(sha256)}`, {
        ...opts
    }));
}
/**
 * Delete a bundle that no run names
 */
function deleteBundle(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/v1/bundles/${encodeURIComponent(sha256)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Run one plugin against one canister
 */
function createRun(runRequest: RunRequest, { idempotencyKey }: {
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Run;
    } | {
        status: 201;
        data: Run;
    }>("/v1/runs", oazapfts.json({
        ...opts,
        method: "POST",
        body: runRequest,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    })));
}
/**
 * Runs, the newest first
 */
function listRuns({ state, from, to, before, limit, batch, canister, plugin }: {
    state?: string;
    from?: string;
    to?: string;
    before?: string;
    limit?: number;
    batch?: string;
    canister?: string;
    plugin?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RunPage;
    }>(`/v1/runs${QS.query(QS.explode({
        state,
        "from": from,
        to,
        before,
        limit,
        batch,
        canister,
        plugin
    }))}`, {
        ...opts
    }));
}
/**
 * A run
 */
function getRun(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Run;
    }>(`/v1/runs/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The updates that a run made, and what became of each
 */
function listUpdates(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: UpdateList;
    }>(`/v1/runs/${encodeURIComponent(id)}/updates`, {
        ...opts
    }));
}
/**
 * What happened in a run, what it printed included
 */
function listRunEvents(id: string, { after, limit }: {
    after?: number;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: EventPage;
    }>(`/v1/runs/${encodeURIComponent(id)}/log${QS.query(QS.explode({
        after,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * Cancel a run: one that waits at once, one under way as Ctrl-C does
 */
function cancelRun(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: Run;
    }>(`/v1/runs/${encodeURIComponent(id)}/cancel`, {
        ...opts,
        method: "POST"
    }));
}
/**
 * Do a run again that has ended
 */
function retryRun(id: string, { idempotencyKey }: {
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Run;
    } | {
        status: 201;
        data: Run;
    }>(`/v1/runs/${encodeURIComponent(id)}/retry`, {
        ...opts,
        method: "POST",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * Run plugins against many canisters
 */
function createBatch(batchRequest: BatchRequest, { idempotencyKey }: {
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Batch;
    } | {
        status: 201;
        data: Batch;
    }>("/v1/batches", oazapfts.json({
        ...opts,
        method: "POST",
        body: batchRequest,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    })));
}
/**
 * Batches, the newest first
 */
function listBatches({ state, from, to, before, limit }: {
    state?: string;
    from?: string;
    to?: string;
    before?: string;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: BatchPage;
    }>(`/v1/batches${QS.query(QS.explode({
        state,
        "from": from,
        to,
        before,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * A batch
 */
function getBatch(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Batch;
    }>(`/v1/batches/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Cancel what waits and what is under way of a batch
 */
function cancelBatch(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: Batch;
    }>(`/v1/batches/${encodeURIComponent(id)}/cancel`, {
        ...opts,
        method: "POST"
    }));
}
/**
 * Do those runs of a batch again that failed or were interrupted, as a new batch
 */
function retryBatch(id: string, batchRetry: BatchRetry, { idempotencyKey }: {
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Batch;
    } | {
        status: 201;
        data: Batch;
    }>(`/v1/batches/${encodeURIComponent(id)}/retry`, oazapfts.json({
        ...opts,
        method: "POST",
        body: batchRetry,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    })));
}
return { getSession, getTotals, listAudit, uploadPlugin, listPlugins, fetchPlugin, inspectPlugin, changePlugin, deletePlugin, uploadBundle, listBundles, getBundle, deleteBundle, createRun, listRuns, getRun, listUpdates, listRunEvents, cancelRun, retryRun, createBatch, listBatches, getBatch, cancelBatch, retryBatch };
}

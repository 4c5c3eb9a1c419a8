// The API: schemas, types and routes. No server in here.

export { Bundle, BundleContents } from './bundles.js';
export { ErrorReport, Problem } from './common.js';
export { ServiceEvent } from './events.js';
export { Plugin, PluginInspection } from './plugins.js';
export { type Input, type Operation, type Output, ROUTES, type Route } from './routes.js';
export { Batch, BatchRequest, Run, RunRequest, Update } from './runs.js';
export { AuditEntry, Session, Totals } from './service.js';

/** A page of anything. */
export interface PageOf<Item> {
  items: Item[];
  next?: string;
}

// Plugins as the API shows them.

import Type, { type Static } from 'typebox';
import { closed, ErrorReport, PlainText, Sha256, Timestamp } from './common.js';

/** A plugin that was uploaded. */
export const Plugin = closed(
  {
    sha256: Sha256,
    name: Type.String({ description: 'Given when it was uploaded first' }),
    sizeBytes: Type.Integer(),
    interfaceVersion: Type.String({ description: 'Of icp:sync-plugin, such as 0.2.0' }),
    enabled: Type.Boolean({ description: 'No new run takes one that is disabled' }),
    createdAt: Timestamp,
  },
  { title: 'Plugin' },
);
export type Plugin = Static<typeof Plugin>;

/** What `sandpool inspect` says of a plugin. */
export const PluginInspection = closed(
  {
    plugin: Plugin,
    runsHere: Type.Boolean(),
    error: Type.Optional(ErrorReport),
    interface: Type.Union([Type.String(), Type.Null()]),
    imports: Type.Array(Type.String(), { description: 'What it may do: each interface is granted by name' }),
    exports: Type.Array(Type.String()),
    producers: Type.Array(Type.String(), { description: 'The tools that made it, as it says itself' }),
  },
  { title: 'PluginInspection' },
);
export type PluginInspection = Static<typeof PluginInspection>;

/** All of them: by name, then the newest first. */
export const PluginList = closed({ items: Type.Array(Plugin) }, { title: 'PluginList' });

/** A plugin to fetch. */
export const PluginFetch = closed(
  {
    url: Type.String({ format: 'uri', maxLength: 2048, description: 'https, at a public address' }),
    sha256: Sha256,
    name: Type.Optional(PlainText()),
  },
  { title: 'PluginFetch' },
);
export type PluginFetch = Static<typeof PluginFetch>;

/** What can be changed of a plugin. */
export const PluginChange = closed({ enabled: Type.Boolean() }, { title: 'PluginChange' });
export type PluginChange = Static<typeof PluginChange>;

/** What goes with an upload. */
export const PluginUploadQuery = closed({
  name: Type.Optional(PlainText({ description: 'What to show it as' })),
  sha256: Type.Optional(Sha256),
});
export type PluginUploadQuery = Static<typeof PluginUploadQuery>;

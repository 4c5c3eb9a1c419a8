// Which adapter serves which interface version.

import type { InterfaceVersion } from '../../bridge/messages.js';
import type { Adapter } from './adapter.js';
import { adapter0_1 } from './v0-1.js';
import { adapter0_2 } from './v0-2.js';

export const ADAPTERS: Readonly<Record<InterfaceVersion, Adapter>> = { '0.1': adapter0_1, '0.2': adapter0_2 };

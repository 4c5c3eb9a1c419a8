#!/usr/bin/env node
// The command `sandpool`. Everything else is loaded when it is needed.

import { runCommandLine } from './program.js';

await runCommandLine(process.argv.slice(2));

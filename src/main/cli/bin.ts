#!/usr/bin/env node
// The command `sandpool`. Everything else is loaded when it is needed.

import { keepCompiledCode } from './compiled-code.js';

const words = process.argv.slice(2);
if (!words.includes('--no-cache')) keepCompiledCode();
void import('./program.js').then(({ runCommandLine }) => runCommandLine(words));

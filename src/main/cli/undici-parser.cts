// The bytes in an object, from a CommonJS module: whoever imported them by themselves from an ES module would have them
// copied, byte by byte, into properties of a namespace.

import bytes = require('undici/lib/llhttp/llhttp_simd-wasm.js');

export = { bytes };

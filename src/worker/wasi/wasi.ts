// Puts together the WASI 0.2 of one run: every interface that a guest may import, guarded.

import {
  createEnvironment,
  createExit,
  createStdio,
  TERMINALS,
  TerminalInput,
  TerminalOutput,
} from './cli.js';
import { createMonotonicClock, createWallClock } from './clocks.js';
import { WasiContext } from './context.js';
import { IoError } from './error.js';
import { Descriptor } from './filesystem/descriptor.js';
import { DirectoryEntryStream } from './filesystem/directory-entry-stream.js';
import { createPreopens } from './filesystem/preopens.js';
import { classForRun, guardClass, guardInterface } from './guard.js';
import type { Wasi, WasiHost, WasiImports } from './host.js';
import { InputStream } from './input-stream.js';
import { OutputStream } from './output-stream.js';
import { createPoll, Pollable } from './poll.js';
import { createInsecure, createInsecureSeed, createRandom } from './random.js';
import {
  IncomingDatagramStream,
  Network,
  OutgoingDatagramStream,
  ResolveAddressStream,
  SOCKET_FUNCTIONS,
  TcpSocket,
  UdpSocket,
} from './sockets.js';

type ResourceClass = new (...values: never[]) => object;

const GUARDED = {
  IoError: guardClass('wasi:io/error.error', IoError),
  Pollable: guardClass('wasi:io/poll.pollable', Pollable),
  InputStream: guardClass('wasi:io/streams.input-stream', InputStream),
  OutputStream: guardClass('wasi:io/streams.output-stream', OutputStream),
  Descriptor: guardClass('wasi:filesystem/types.descriptor', Descriptor),
  DirectoryEntryStream: guardClass('wasi:filesystem/types.directory-entry-stream', DirectoryEntryStream),
  Network: guardClass('wasi:sockets/network.network', Network),
  TcpSocket: guardClass('wasi:sockets/tcp.tcp-socket', TcpSocket),
  UdpSocket: guardClass('wasi:sockets/udp.udp-socket', UdpSocket),
  IncomingDatagramStream: guardClass('wasi:sockets/udp.incoming-datagram-stream', IncomingDatagramStream),
  OutgoingDatagramStream: guardClass('wasi:sockets/udp.outgoing-datagram-stream', OutgoingDatagramStream),
  ResolveAddressStream: guardClass(
    'wasi:sockets/ip-name-lookup.resolve-address-stream',
    ResolveAddressStream,
  ),
};

function classesForRun(context: WasiContext): typeof GUARDED {
  const entries = Object.entries(GUARDED).map(([name, guarded]) => [
    name,
    classForRun(context, guarded as ResourceClass),
  ]);
  return Object.fromEntries(entries) as typeof GUARDED;
}

/**
 * The WASI of one run. It is good for one instance, used from this thread alone.
 *
 * @param host what the run grants and where it ends; its descriptors are owned from here on.
 */
export function createWasi(host: WasiHost): Wasi {
  const context = new WasiContext(host);
  try {
    return { imports: createImports(context), close: () => context.close() };
  } catch (error) {
    context.close();
    throw error;
  }
}

function createImports(context: WasiContext): WasiImports {
  const classes = classesForRun(context);
  const stdio = createStdio(context, classes);
  const sockets = SOCKET_FUNCTIONS;
  const functions: Record<string, object> = {
    'wasi:cli/environment': createEnvironment(),
    'wasi:cli/exit': createExit(context),
    'wasi:cli/stdin': stdio.stdin,
    'wasi:cli/stdout': stdio.stdout,
    'wasi:cli/stderr': stdio.stderr,
    'wasi:cli/terminal-stdin': TERMINALS.stdin,
    'wasi:cli/terminal-stdout': TERMINALS.stdout,
    'wasi:cli/terminal-stderr': TERMINALS.stderr,
    'wasi:clocks/monotonic-clock': createMonotonicClock(context, classes),
    'wasi:clocks/wall-clock': createWallClock(),
    'wasi:filesystem/preopens': createPreopens(context, classes),
    'wasi:filesystem/types': {
      filesystemErrorCode: (error: unknown) => (error instanceof classes.IoError ? error.code : undefined),
    },
    'wasi:io/poll': createPoll(context),
    'wasi:random/insecure': createInsecure(context),
    'wasi:random/insecure-seed': createInsecureSeed(),
    'wasi:random/random': createRandom(context),
    'wasi:sockets/instance-network': { instanceNetwork: () => new classes.Network(context) },
    'wasi:sockets/ip-name-lookup': sockets.ipNameLookup,
    'wasi:sockets/network': sockets.network,
    'wasi:sockets/tcp-create-socket': sockets.tcpCreateSocket,
    'wasi:sockets/udp-create-socket': sockets.udpCreateSocket,
  };
  const resources: Record<string, Record<string, ResourceClass>> = {
    'wasi:cli/terminal-input': { TerminalInput },
    'wasi:cli/terminal-output': { TerminalOutput },
    'wasi:filesystem/types': {
      Descriptor: classes.Descriptor,
      DirectoryEntryStream: classes.DirectoryEntryStream,
    },
    'wasi:io/error': { Error: classes.IoError },
    'wasi:io/poll': { Pollable: classes.Pollable },
    'wasi:io/streams': { InputStream: classes.InputStream, OutputStream: classes.OutputStream },
    'wasi:sockets/ip-name-lookup': { ResolveAddressStream: classes.ResolveAddressStream },
    'wasi:sockets/network': { Network: classes.Network },
    'wasi:sockets/tcp': { TcpSocket: classes.TcpSocket },
    'wasi:sockets/udp': {
      UdpSocket: classes.UdpSocket,
      IncomingDatagramStream: classes.IncomingDatagramStream,
      OutgoingDatagramStream: classes.OutgoingDatagramStream,
    },
  };
  const names = new Set([...Object.keys(functions), ...Object.keys(resources)]);
  const imports: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const name of names) {
    imports[name] = Object.freeze({
      ...guardInterface(context, name, functions[name] ?? {}),
      ...resources[name],
    });
  }
  return Object.freeze(imports);
}

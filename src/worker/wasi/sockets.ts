// wasi:sockets: everything links, and every way to get a socket or an address is `access-denied`. The resource
// classes are there for the glue; apart from the network, none is ever made, so a call on one is a trap.

import type * as lookup from '@bytecodealliance/preview2-shim/interfaces/wasi-sockets-ip-name-lookup';
import type { ErrorCode } from '@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network';
import type * as tcp from '@bytecodealliance/preview2-shim/interfaces/wasi-sockets-tcp';
import type * as udp from '@bytecodealliance/preview2-shim/interfaces/wasi-sockets-udp';
import type { WasiContext } from './context.js';
import { err, type Result } from './result.js';

type Refusal = Result<never, ErrorCode>;

const DENIED: Refusal = err('access-denied');

/** A class without instances, with every method that `Declared` has. */
function classOf<Declared>(methods: Record<keyof Declared, 'method'>): new () => object {
  const NeverMade = class {};
  for (const name of Object.keys(methods)) {
    Object.defineProperty(NeverMade.prototype, name, { value: () => DENIED });
  }
  return NeverMade;
}

/** `wasi:sockets/network`, network: stands for the network that there is none of. */
export class Network {
  readonly #context: WasiContext;

  constructor(context: WasiContext) {
    if (!context.handles.take('network')) context.trap('too many networks held open');
    this.#context = context;
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('network');
  }
}

/** `wasi:sockets/ip-name-lookup`, resolve-address-stream. */
export const ResolveAddressStream = classOf<lookup.ResolveAddressStream>({
  resolveNextAddress: 'method',
  subscribe: 'method',
});

/** `wasi:sockets/tcp`, tcp-socket. */
export const TcpSocket = classOf<tcp.TcpSocket>({
  startBind: 'method',
  finishBind: 'method',
  startConnect: 'method',
  finishConnect: 'method',
  startListen: 'method',
  finishListen: 'method',
  accept: 'method',
  localAddress: 'method',
  remoteAddress: 'method',
  isListening: 'method',
  addressFamily: 'method',
  setListenBacklogSize: 'method',
  keepAliveEnabled: 'method',
  setKeepAliveEnabled: 'method',
  keepAliveIdleTime: 'method',
  setKeepAliveIdleTime: 'method',
  keepAliveInterval: 'method',
  setKeepAliveInterval: 'method',
  keepAliveCount: 'method',
  setKeepAliveCount: 'method',
  hopLimit: 'method',
  setHopLimit: 'method',
  receiveBufferSize: 'method',
  setReceiveBufferSize: 'method',
  sendBufferSize: 'method',
  setSendBufferSize: 'method',
  subscribe: 'method',
  shutdown: 'method',
});

/** `wasi:sockets/udp`, udp-socket. */
export const UdpSocket = classOf<udp.UdpSocket>({
  startBind: 'method',
  finishBind: 'method',
  stream: 'method',
  localAddress: 'method',
  remoteAddress: 'method',
  addressFamily: 'method',
  unicastHopLimit: 'method',
  setUnicastHopLimit: 'method',
  receiveBufferSize: 'method',
  setReceiveBufferSize: 'method',
  sendBufferSize: 'method',
  setSendBufferSize: 'method',
  subscribe: 'method',
});

/** `wasi:sockets/udp`, incoming-datagram-stream. */
export const IncomingDatagramStream = classOf<udp.IncomingDatagramStream>({
  receive: 'method',
  subscribe: 'method',
});

/** `wasi:sockets/udp`, outgoing-datagram-stream. */
export const OutgoingDatagramStream = classOf<udp.OutgoingDatagramStream>({
  checkSend: 'method',
  send: 'method',
  subscribe: 'method',
});

/** The functions through which sockets and addresses would be had, by interface. */
export const SOCKET_FUNCTIONS = {
  network: { networkErrorCode: () => undefined },
  ipNameLookup: { resolveAddresses: () => DENIED },
  tcpCreateSocket: { createTcpSocket: () => DENIED },
  udpCreateSocket: { createUdpSocket: () => DENIED },
} as const;

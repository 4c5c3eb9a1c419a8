// The part of the WebAssembly JavaScript interface that sandpool uses; Node's types leave it to the DOM
// library, which has no place here. (W3C WebAssembly JavaScript Interface, section 5.)

declare namespace WebAssembly {
  type ExternKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

  class Module {
    constructor(bytes: Uint8Array | ArrayBuffer);
    static imports(module: Module): { module: string; name: string; kind: ExternKind }[];
    static exports(module: Module): { name: string; kind: ExternKind }[];
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }

  class Memory {
    readonly buffer: ArrayBuffer;
  }

  class RuntimeError extends Error {}
  class CompileError extends Error {}

  function compile(bytes: Uint8Array | ArrayBuffer): Promise<Module>;
}

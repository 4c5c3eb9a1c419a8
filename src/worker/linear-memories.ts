// The linear memories of one run, to know how large they have grown. They never shrink, so their size at the
// end is their peak.

/** Collects the memories that core instances export. One that stays inside its instance cannot be seen. */
export class LinearMemories {
  readonly #memories = new Set<WebAssembly.Memory>();

  /** Notes the memories of a new core instance, and gives it back. */
  track(instance: WebAssembly.Instance): WebAssembly.Instance {
    for (const exported of Object.values(instance.exports)) {
      if (Object.prototype.toString.call(exported) === '[object WebAssembly.Memory]') {
        this.#memories.add(exported as WebAssembly.Memory);
      }
    }
    return instance;
  }

  /** The size of all of them together, in bytes. */
  get bytes(): number {
    let bytes = 0;
    for (const memory of this.#memories) bytes += memory.buffer.byteLength;
    return bytes;
  }
}

// What tests ask of the engine beyond what sandpool itself does.

declare namespace WebAssembly {
  function validate(bytes: Uint8Array): boolean;
}

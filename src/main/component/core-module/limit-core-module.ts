// Makes a core module keep to the host's limits: growth asks the host first, and every instruction that can take
// long lets the thread be ended before it.

import type { ModuleClaims } from '../../../bridge/messages.js';
import { HelperPlan } from './helper-plan.js';
import { IndexSpaces } from './index-spaces.js';
import type { SiteVisitor } from './instruction-scanner.js';
import { rewriteModule, withoutCustomSections } from './module-rewriter.js';
import { findSections, scanSection } from './sections.js';
import type { SlowInstruction } from './slow-instruction.js';

/** A core module that keeps to the host's limits when it runs. */
export interface LimitedModule {
  /** Without custom sections: what those say of places in the module would be wrong. */
  readonly bytes: Uint8Array;
  /** Whether it imports the function of GROWTH_IMPORT, as its last import. */
  readonly asksToGrow: boolean;
  /** What instantiating it takes at once: the memories and tables that it defines, and their initial sizes. */
  readonly claims: ModuleClaims;
}

/**
 * Rewrites the core module in `bytes`, in time linear in their number. The result is valid if the module is; whether
 * that is so is left to the engine.
 * @throws MalformedBinary when the bytes do not follow the format
 * @throws UnsupportedInModule when the module uses what this host does not run
 */
export function limitCoreModule(bytes: Uint8Array): LimitedModule {
  const sections = findSections(bytes);
  const spaces = new IndexSpaces();
  const plan = new HelperPlan(spaces);
  const survey = new Survey(plan);
  for (const section of sections) scanSection(bytes, section, spaces, survey);
  const module = { bytes, sections, spaces, plan };
  return {
    bytes: plan.helpers.length > 0 ? rewriteModule(module) : withoutCustomSections(module),
    asksToGrow: plan.asksToGrow,
    claims: spaces.claims,
  };
}

/** The first walk through a module: finds out what has to be added to it. */
class Survey implements SiteVisitor {
  readonly #plan: HelperPlan;

  constructor(plan: HelperPlan) {
    this.#plan = plan;
  }

  functionIndex(): void {}

  slowInstruction(_start: number, _end: number, instruction: SlowInstruction): void {
    this.#plan.require(instruction);
  }

  beginBody(): void {}

  endBody(): void {}
}

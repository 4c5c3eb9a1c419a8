// Writes a module anew, with its helpers, the import they need, and every function index where it has moved to.

import { GROWTH_IMPORT } from '../../../bridge/growth-import.js';
import { ByteReader } from '../byte-reader.js';
import { ByteWriter, unsigned } from './byte-writer.js';
import { type Callees, callPause } from './helper-functions.js';
import type { HelperPlan } from './helper-plan.js';
import { IndexSpaces } from './index-spaces.js';
import type { SiteVisitor } from './instruction-scanner.js';
import { HEADER_BYTES, type Section, SectionId, scanSection } from './sections.js';
import type { SlowInstruction } from './slow-instruction.js';

const I32 = 0x7f;
const GROW_TYPE = [0x60, 2, I32, I32, 1, I32];
const FUNCTION = 0x00;
const CALL = 0x10;

/** A module that has been walked through once, as `spaces` and `plan` say it is. */
export interface SurveyedModule {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly spaces: IndexSpaces;
  readonly plan: HelperPlan;
}

/** The bytes of `module` with what its plan adds; of its custom sections nothing is left. */
export function rewriteModule(module: SurveyedModule): Uint8Array {
  const rewriter = new ModuleRewriter(module);
  rewriter.write();
  return rewriter.written;
}

/** The bytes of a module as they are, its custom sections left out. */
export function withoutCustomSections({
  bytes,
  sections,
}: Pick<SurveyedModule, 'bytes' | 'sections'>): Uint8Array {
  const writer = new ByteWriter(bytes.length);
  writer.copy(bytes, 0, HEADER_BYTES);
  for (const { outerStart, end } of sections) writer.copy(bytes, outerStart, end);
  return writer.written;
}

class ModuleRewriter implements SiteVisitor {
  readonly #module: SurveyedModule;
  readonly #writer: ByteWriter;
  /** Where functions begin to have moved, and by how much: what is imported comes before what is defined. */
  readonly #firstMoved: number;
  readonly #shift: 0 | 1;
  readonly #callees: Callees;
  /** Up to where the module has been copied, or replaced. */
  #copied = 0;
  #body = 0;

  constructor(module: SurveyedModule) {
    const { bytes, spaces, plan } = module;
    this.#module = module;
    this.#writer = new ByteWriter(bytes.length + Math.ceil(bytes.length / 16) + 1024);
    this.#firstMoved = spaces.importedFunctions;
    this.#shift = plan.asksToGrow ? 1 : 0;
    this.#callees = { grow: spaces.importedFunctions, pause: spaces.functions + this.#shift };
  }

  get written(): Uint8Array {
    return this.#writer.written;
  }

  write(): void {
    const { bytes, sections, plan } = this.#module;
    let importIsDue = plan.asksToGrow;
    const spaces = new IndexSpaces();
    this.#writer.copy(bytes, 0, HEADER_BYTES);
    for (const section of sections) {
      if (importIsDue && section.id >= SectionId.import) {
        if (section.id > SectionId.import) this.#importSection();
        importIsDue = false;
      }
      this.#section(section, spaces);
    }
  }

  functionIndex(start: number, end: number, index: number): void {
    if (this.#shift === 0 || index < this.#firstMoved) return;
    this.#copyTo(start);
    this.#writer.u32(index + this.#shift);
    this.#copied = end;
  }

  slowInstruction(start: number, end: number, instruction: SlowInstruction): void {
    const helper = this.#callees.pause + this.#module.plan.require(instruction);
    this.#copyTo(start);
    if (instruction.kind === 'other') {
      this.#writer.append(callPause(helper));
    } else {
      this.#writer.byte(CALL);
      this.#writer.u32(helper);
      this.#copied = end;
    }
  }

  beginBody(outerStart: number, start: number): void {
    this.#copyTo(outerStart);
    this.#copied = start;
    this.#body = this.#writer.beginMeasured();
  }

  endBody(end: number): void {
    this.#copyTo(end);
    this.#writer.endMeasured(this.#body);
  }

  #section(section: Section, spaces: IndexSpaces): void {
    const { bytes } = this.#module;
    const added = this.#entriesFor(section.id);
    this.#writer.byte(section.id);
    const mark = this.#writer.beginMeasured();
    this.#copied = section.start;
    if (added.length > 0) {
      const reader = new ByteReader(bytes, section.start, section.end);
      this.#writer.u32(reader.u32() + added.length);
      this.#copied = reader.offset;
    }
    scanSection(bytes, section, spaces, this);
    this.#copyTo(section.end);
    for (const entry of added) this.#writer.append(entry);
    this.#writer.endMeasured(mark);
  }

  /** What is added at the end of a section. */
  #entriesFor(id: number): readonly (readonly number[])[] {
    const { spaces, plan } = this.#module;
    switch (id) {
      case SectionId.type: {
        const types = plan.helpers.map(({ type }) => type);
        return plan.asksToGrow ? [...types, GROW_TYPE] : types;
      }
      case SectionId.import:
        return plan.asksToGrow ? [this.#import()] : [];
      case SectionId.function:
        return plan.helpers.map((_, ordinal) => unsigned(spaces.types + ordinal));
      case SectionId.code:
        return plan.helpers.map((helper) => {
          const body = helper.body(this.#callees);
          return [...unsigned(body.length), ...body];
        });
      default:
        return [];
    }
  }

  #import(): readonly number[] {
    const { spaces, plan } = this.#module;
    const names = [GROWTH_IMPORT.module, GROWTH_IMPORT.name].flatMap((name) => {
      const bytes = Buffer.from(name);
      return [...unsigned(bytes.length), ...bytes];
    });
    return [...names, FUNCTION, ...unsigned(spaces.types + plan.helpers.length)];
  }

  #importSection(): void {
    this.#writer.byte(SectionId.import);
    const mark = this.#writer.beginMeasured();
    this.#writer.u32(1);
    this.#writer.append(this.#import());
    this.#writer.endMeasured(mark);
  }

  #copyTo(end: number): void {
    this.#writer.copy(this.#module.bytes, this.#copied, end);
    this.#copied = end;
  }
}

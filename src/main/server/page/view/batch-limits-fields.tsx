// The part of the form for a new batch that says how its runs are treated: priority, proxy, limits.

import type { Session } from '../../api/service.js';
import { LIMIT_FIELDS, limitHint } from '../data/batch-limits.js';
import { type FormState, LineField } from './form-field.js';

export function BatchLimitsFields(props: FormState & { readonly session: Session }) {
  return (
    <details class="more">
      <summary>Priority, proxy and limits</summary>
      <div class="columns">
        <LineField {...props} name="priority" label="Priority" hint="-100 to 100, else 0" kind="number" />
        <LineField
          {...props}
          name="proxy"
          label="Proxy"
          hint="The canister that updates go through, if any"
          most={63}
        />
      </div>
      <div class="columns">
        {LIMIT_FIELDS.map((field) => (
          <LineField
            key={field.name}
            {...props}
            name={field.name}
            label={field.label}
            hint={limitHint(field, props.session)}
            kind="number"
          />
        ))}
      </div>
    </details>
  );
}

// That docs/openapi.json is what the routes make is seen to by test/main/generated.test.ts.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withNamedSchemas } from '#src/main/server/api/named-schemas.js';
import { mistakesIn } from '../../../../scripts/openapi.mjs';

const document = () =>
  JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'));

describe('the document', () => {
  test('has no mistakes', () => {
    expect(mistakesIn(document())).toEqual([]);
  });

  test('takes uploads as they are, and names its schemas', () => {
    const { paths, components } = document();
    const media = paths['/v1/bundles'].post.requestBody.content;
    expect(Object.keys(media)).toContain('application/x-tar');
    expect(paths['/v1/runs/{id}'].get.responses['200'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Run',
    });
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['Batch', 'ServiceEvent', 'Problem']),
    );
  });

  test.each([
    [
      'a reference that leads nowhere',
      (d: ReturnType<typeof document>) => delete d.components.schemas.Run,
      /Run leads nowhere/,
    ],
    [
      'an operation without a name',
      (d: ReturnType<typeof document>) => delete d.paths['/v1/runs'].get.operationId,
      /no operationId/,
    ],
    [
      'one that does not fail',
      (d: ReturnType<typeof document>) => delete d.paths['/v1/runs'].get.responses.default,
      /how it fails/,
    ],
    ['one that needs no token', (d: ReturnType<typeof document>) => delete d.security, /needs no token/],
    [
      'an upload that is not said',
      (d: ReturnType<typeof document>) => delete d.paths['/v1/plugins'].post.requestBody,
      /takes no upload/,
    ],
    [
      'a parameter that is not said',
      (d: ReturnType<typeof document>) => delete d.paths['/v1/runs/{id}'].get.parameters,
      /other parameters/,
    ],
  ])('is not right with %s', (_, damage, mistake) => {
    const damaged = document();
    damage(damaged);
    expect(mistakesIn(damaged).join('\n')).toMatch(mistake);
  });
});

describe('named schemas', () => {
  test('are written once, also within one another', () => {
    const inner = { title: 'Inner', type: 'string' };
    const made = withNamedSchemas({
      info: { title: 'kept' },
      a: { title: 'Outer', properties: { inner } },
      b: [inner],
    });
    expect(made).toEqual({
      info: { title: 'kept' },
      a: { $ref: '#/components/schemas/Outer' },
      b: [{ $ref: '#/components/schemas/Inner' }],
      components: {
        schemas: {
          Inner: inner,
          Outer: { title: 'Outer', properties: { inner: { $ref: '#/components/schemas/Inner' } } },
        },
      },
    });
  });

  test('that differ cannot have one name', () => {
    const two = { a: { title: 'Same', type: 'string' }, b: { title: 'Same', type: 'number' } };
    expect(() => withNamedSchemas(two)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test('have members called title', () => {
    const properties = { title: { type: 'string' } };
    expect(withNamedSchemas({ a: { properties } })).toMatchObject({ a: { properties } });
  });
});

import { expect, it } from 'vitest';
import { httpFailureText, natText, rejectionText } from '#src/main/canister/plugin-text.js';

// The expected texts were taken from icp-cli 1.5.0 running against a network that answers so.

it('words rejections', () => {
  expect(rejectionText({ code: 5, message: 'M', errorCode: 'IC0503' })).toBe(
    'The replica returned a rejection error: reject code CanisterError, reject message M, error code Some("IC0503")',
  );
  expect(rejectionText({ code: 4, message: 'code "4"' })).toBe(
    'The replica returned a rejection error: reject code CanisterReject, reject message code "4", error code None',
  );
  expect(rejectionText({ code: 5, message: 'm', errorCode: 'we"i\\rd\n' })).toBe(
    'The replica returned a rejection error: reject code CanisterError, reject message m, error code Some("we\\"i\\\\rd\\n")',
  );
  expect(rejectionText({ code: 9, message: 'M' })).toBe('Invalid reject code 9');
});

it.each([
  [1, 'SysFatal'],
  [2, 'SysTransient'],
  [3, 'DestinationInvalid'],
  [4, 'CanisterReject'],
  [5, 'CanisterError'],
])('names reject code %i', (code, name) => {
  expect(rejectionText({ code, message: 'M' })).toContain(`reject code ${name},`);
});

it('words HTTP failures', () => {
  const content = Buffer.from('busy');
  expect(httpFailureText({ status: 503, contentType: 'text/plain; charset=utf-8', content })).toBe(
    'The replica returned an HTTP Error: Http Error: status 503 Service Unavailable, content type "text/plain; charset=utf-8", content: busy',
  );
  expect(httpFailureText({ status: 420, contentType: '', content })).toBe(
    'The replica returned an HTTP Error: Http Error: status 420 <unknown status code>, content type "", content: busy',
  );
  expect(httpFailureText({ status: 400, contentType: '', content: Buffer.of(195, 40) })).toBe(
    'The replica returned an HTTP Error: Http Error: status 400 Bad Request, content type "", content: (unable to decode content as UTF-8: [195, 40])',
  );
});

it('groups the digits of a nat by threes', () => {
  expect([0n, 12n, 999n, 1000n, 1_234_567n, 10n ** 18n].map(natText)).toEqual([
    '0',
    '12',
    '999',
    '1_000',
    '1_234_567',
    '1_000_000_000_000_000_000',
  ]);
});

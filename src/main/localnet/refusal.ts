// The HTTP errors of the network: what a request is answered with when it is not served at all.

/** Thrown while a request is handled; the server answers with its status and text. Never leaves the network. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly httpStatus: number;

  constructor(httpStatus: number, text: string) {
    super(text);
    this.httpStatus = httpStatus;
  }
}

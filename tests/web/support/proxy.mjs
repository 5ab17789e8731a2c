// A proxy between browser and server that can do what networks do.

import http from 'node:http';

/**
 * What happens to a request: nothing; the answer comes later; no answer comes, though the server
 * has done it (`lose`); half of an answer comes (`cut`); the connection ends at once (`refuse`);
 * or the proxy answers itself.
 * @typedef {undefined | 'lose' | 'cut' | 'refuse' | {delay: number} |
 *   {status: number, headers?: Record<string, string>, body?: string}} Fault
 */

export class FaultProxy {
  /** @param {string} target  origin of the server */
  constructor(target) {
    this.target = new URL(target);
    /** Every request that came. @type {{method: string, path: string, at: number}[]} */
    this.log = [];
    /** @type {(method: string, path: string) => Fault} */
    this.fault = () => undefined;
    /** How many writes run now, and how many ran at once at most. */
    this.writing = 0;
    this.mostWriting = 0;
    this.agent = new http.Agent({ keepAlive: true });
    this.server = http.createServer((request, response) => this.serve(request, response));
    // A browser asks again by itself when a connection ends that it has used before.
    this.server.maxRequestsPerSocket = 1;
    this.url = '';
  }

  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', () => resolve(undefined)));
    const address = /** @type {import('node:net').AddressInfo} */ (this.server.address());
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  stop() {
    this.agent.destroy();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** How often something was asked for. @param {string} method @param {RegExp} path */
  count(method, path) {
    return this.log.filter((entry) => entry.method === method && path.test(entry.path)).length;
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async serve(request, response) {
    const { method = '', url = '' } = request;
    this.log.push({ method, path: url, at: Date.now() });
    if (method !== 'GET') {
      this.writing += 1;
      this.mostWriting = Math.max(this.mostWriting, this.writing);
      response.once('close', () => {
        this.writing -= 1;
      });
    }
    const body = await readAll(request);
    const fault = this.fault(method, url);
    if (fault === 'refuse') {
      request.socket.destroy();
    } else if (typeof fault === 'object' && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    } else {
      if (typeof fault === 'object') await new Promise((done) => setTimeout(done, fault.delay));
      try {
        const answer = await this.forward(request, body);
        if (fault === 'lose') request.socket.destroy();
        else this.answer(request, response, answer, fault === 'cut');
      } catch {
        request.socket.destroy();
      }
    }
  }

  /** @param {http.IncomingMessage} request @param {Buffer} body */
  async forward(request, body) {
    const { hostname, port } = this.target;
    const { method, url: path, headers } = request;
    const options = { hostname, port, method, path, headers, agent: this.agent };
    /** @type {http.IncomingMessage} */
    const answer = await new Promise((resolve, reject) => {
      http.request(options, resolve).on('error', reject).end(body);
    });
    return { head: answer, body: await readAll(answer) };
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   * @param {{head: http.IncomingMessage, body: Buffer}} answer
   * @param {boolean} isCut
   */
  answer(request, response, { head, body }, isCut) {
    response.writeHead(head.statusCode ?? 502, head.rawHeaders);
    if (!isCut) return response.end(body);
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  }
}

/** @param {http.IncomingMessage} stream */
async function readAll(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * Does it the first `n` times that a write of this path comes.
 * @param {Fault} fault
 * @param {RegExp} path
 */
export function firstTimes(n, fault, path) {
  let left = n;
  return (/** @type {string} */ method, /** @type {string} */ url) => {
    if (method === 'GET' || !path.test(url) || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

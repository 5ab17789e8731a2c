// A real warbled on a free port, with data of its own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_S = 20;

export class Server {
  /** @param {string[]} options  of warbled */
  constructor(options) {
    this.options = options;
    this.url = '';
    this.directory = '';
    this.listen = '127.0.0.1:0';
  }

  /** Starts, the second time at the address of the first. */
  async start() {
    const program = process.env.WARBLED;
    if (!program) throw new Error('WARBLED must name the server to test');
    this.directory ||= await mkdtemp(join(tmpdir(), 'warble-web-'));
    const options = ['--listen', this.listen, '--data', join(this.directory, 'data')];
    this.process = spawn(program, [...options, '--log-level', 'warn', ...this.options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ended = new Promise((resolve) => this.process?.once('exit', resolve));
    const lines = createInterface({ input: this.process.stdout });
    const timeout = setTimeout(() => this.process?.kill('SIGKILL'), START_S * 1000);
    for await (const line of lines) {
      const match = /^warbled listening on (http:\/\/(.*))$/.exec(line);
      if (!match) continue;
      this.url = match[1] ?? '';
      this.listen = match[2] ?? '';
      clearTimeout(timeout);
      this.process.stdout.resume();
      return this;
    }
    throw new Error('warbled did not start');
  }

  async stop() {
    this.process?.kill('SIGTERM');
    await this.ended;
  }

  async remove() {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { packageRoot, ProblemException, RequireScope } from '#platform';

/** What `npm run build` makes of `page/`. */
const FOLDER = join(packageRoot(), 'dist', 'apps', 'console', 'page');

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Nothing runs, loads or is sent anywhere but on this origin; there is no inline script or style. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Served {
  readonly body: Buffer;
  readonly etag: string;
}

/** The files are public: they hold no data. What they show comes from the API, with the key that the person enters. */
@ApiExcludeController()
@Controller('console')
@RequireScope('public')
export class ConsoleController {
  private readonly files = new Map<string, Promise<Served>>();

  /** Relative addresses of the page begin at the folder. */
  @Get()
  folder(@Res() reply: FastifyReply): void {
    void reply.code(308).header('location', '/console/').send();
  }

  @Get('*')
  file(
    @Req() request: FastifyRequest,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const [path = ''] = request.url.split('?');
    return this.send(path.slice('/console/'.length) || 'index.html', known, reply);
  }

  private async send(file: string, known: string | undefined, reply: FastifyReply): Promise<void> {
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (type === undefined) throw new ProblemException('not-found', { detail: `The console has no file "${file}".` });
    const { body, etag } = await this.read(file);
    void reply
      .header('content-security-policy', POLICY)
      .header('cache-control', 'no-cache')
      .header('etag', etag)
      .type(type);
    void (known === etag ? reply.code(304).send() : reply.send(body));
  }

  private read(file: string): Promise<Served> {
    const held = this.files.get(file);
    if (held !== undefined) return held;
    const reading = readFile(join(FOLDER, file)).then(
      (body) => ({ body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }),
      () => {
        this.files.delete(file);
        throw new ProblemException('not-found', { detail: 'The console was not built: run "npm run build".' });
      },
    );
    this.files.set(file, reading);
    return reading;
  }
}

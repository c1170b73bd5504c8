import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { PROBLEMS, type ProblemName, problemType } from '#contracts';
import { ProblemException } from '../http/problem-exception.js';

export interface ApiDescription {
  readonly title: string;
  readonly description: string;
  /** named JSON Schemas (2020-12) that controllers refer to as `#/components/schemas/NAME` */
  readonly schemas: Readonly<Record<string, object>>;
}

/** The reference page's own files, from the package; no other host is asked for anything. */
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>API reference</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="reference"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null });\n`;

// the page styles elements in line and draws its icons from data URLs; scripts come from this service alone
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/** OpenAPI 3.1 at /openapi.json, a reference page at /docs, and what each kind of problem means at /problems/NAME. */
export function serveApiDescription(app: NestFastifyApplication, description: ApiDescription): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  let document: OpenAPIObject | undefined;
  // made when first asked for: it reads every controller
  fastify.get('/openapi.json', (_request, reply) => reply.send((document ??= describeApi(app, description))));
  fastify.get('/docs', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(PAGE),
  );
  fastify.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const [name, type] of Object.entries(ASSETS)) {
    fastify.get(`/docs/${name}`, async (_request, reply) => reply.type(type).send(await readFile(join(folder, name))));
  }
  fastify.get<{ Params: { name: string } }>('/problems/:name', (request, reply) => {
    const { name } = request.params;
    if (!isProblemName(name))
      throw new ProblemException('not-found', { detail: `No kind of problem is called "${name}".` });
    return reply.send({ type: problemType(name), ...PROBLEMS[name] });
  });
}

const isProblemName = (name: string): name is ProblemName => Object.hasOwn(PROBLEMS, name);

function describeApi(app: NestFastifyApplication, description: ApiDescription): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(description.title)
    .setDescription(description.description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key; needed where keys are configured.' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const schemas = { ...document.components?.schemas, ...description.schemas } as NonNullable<
    NonNullable<OpenAPIObject['components']>['schemas']
  >;
  return { ...document, components: { ...document.components, schemas } };
}

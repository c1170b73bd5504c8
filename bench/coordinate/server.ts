import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Body, Controller, type DynamicModule, Header, Inject, Module, Post, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { MarketModel } from '#domain';
import { closeInOrder, createPostgresDatabase, RequireScope, type SqlDatabase } from '#platform';
import { internalContext } from '../../apps/command/command-context.js';
import { PublishMarketModel } from '../../apps/command/market-model/publish-market-model.js';
import { standaloneSettings } from '../../apps/standalone/settings.js';
import { startStandalone } from '../../apps/standalone/standalone.js';

const DATABASE = Symbol('DATABASE');

/** The least that a durable service has to do: take the body, commit one insert of its bytes, answer as many bytes. */
@Controller('floor')
@RequireScope('coordinate')
class FloorController {
  private answer = '{}';

  constructor(@Inject(DATABASE) private readonly database: SqlDatabase) {}

  /** what `POST /floor` answers from now on */
  @Put('answer')
  setAnswer(@Body() body: unknown): void {
    this.answer = JSON.stringify(body);
  }

  @Post()
  @Header('content-type', 'application/json; charset=utf-8')
  async insert(@Body() body: unknown): Promise<string> {
    await this.database.query('insert into bench_floor (body) values ($1)', [JSON.stringify(body)]);
    return this.answer;
  }
}

@Module({})
class FloorModule {
  static on(database: SqlDatabase): DynamicModule {
    return {
      module: FloorModule,
      controllers: [FloorController],
      providers: [{ provide: DATABASE, useValue: database }],
    };
  }
}

// node server.js FOLDER MODEL: the standalone service with the floor beside it, until the parent goes away
const [folder = '', modelFile = ''] = process.argv.slice(2);
const settings = standaloneSettings([], {
  DATA_DIR: folder,
  PORT: '0',
  LOG_LEVEL: 'warn',
  MAX_BODY_BYTES: '100000000',
});
if (settings === null) throw new Error('the benchmark asks for no help');
const service = await startStandalone(settings, (stores) => [FloorModule.on(stores.command)]);
const owner = await createPostgresDatabase({ url: service.stores.ownerUrl, poolSize: 1 });
await owner.query('create table bench_floor (id bigserial primary key, body text not null)');
await owner.close();
const model = JSON.parse(readFileSync(modelFile, 'utf8')) as MarketModel;
const commands = service.app.get(CommandBus, { strict: false });
await commands.execute(new PublishMarketModel(model, internalContext('bench', 'bench')));
process.on('disconnect', () => void closeInOrder([service.app, ...service.resources]).finally(() => process.exit(0)));
process.send?.({ url: service.url });

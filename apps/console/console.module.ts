import { type DynamicModule, Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.js';

/** The console at /console/: pages that call the API of the same origin. */
@Module({})
export class ConsoleModule {
  static register(): DynamicModule {
    return { module: ConsoleModule, controllers: [ConsoleController] };
  }
}

import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../http/problem-exception.js';
import { type ApiKey, findPrincipal, LOCAL_PRINCIPAL, type Principal, type Scope } from './api-keys.js';

export const API_KEYS = Symbol('API_KEYS');

const SCOPE_METADATA = 'coordination:scope';

/** The scope a key needs for a controller or a handler. What names none needs `operate`: nothing is open by omission. */
export const RequireScope = (scope: Scope | 'public') => SetMetadata(SCOPE_METADATA, scope);

const principals = new WeakMap<object, Principal>();

/** Who is asking; known once the guard ran. */
export const principalOf = (request: FastifyRequest): Principal => principals.get(request) ?? LOCAL_PRINCIPAL;

@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(API_KEYS) private readonly keys: readonly ApiKey[],
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const required =
      this.reflector.getAllAndOverride<Scope | 'public' | undefined>(SCOPE_METADATA, [
        context.getHandler(),
        context.getClass(),
      ]) ?? 'operate';
    if (required === 'public' || this.keys.length === 0) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const presented = presentedKey(request.headers);
    if (presented === undefined) throw new ProblemException('unauthenticated');
    const principal = findPrincipal(this.keys, presented);
    if (principal === undefined) throw new ProblemException('unauthenticated', { detail: 'The API key is not known.' });
    if (!principal.scopes.includes(required)) {
      throw new ProblemException('forbidden', { detail: `This call needs the scope "${required}".` });
    }
    principals.set(request, principal);
    return true;
  }
}

function presentedKey(headers: FastifyRequest['headers']): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' && header !== '' ? header : undefined);
}

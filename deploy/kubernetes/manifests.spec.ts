import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { packageRoot } from '#platform';
import { settingNames } from '../../apps/reference/configuration-page.js';
import { DEPLOY, filesOf, readYaml, type YamlDocument, yamlDocuments } from '../yaml-files.fixture.js';

interface Container {
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits?: { readonly memory?: string } };
  readonly readinessProbe?: object;
}
interface PodTemplate {
  readonly spec: { readonly securityContext: object; readonly containers: readonly Container[] };
}
type Model = new (data: never) => { validate(): void };

const GROUPS: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'batch/v1': batch,
  'policy/v1': policy,
  'autoscaling/v2': autoscaling,
  'networking.k8s.io/v1': networking,
};

/** The schemas of Kubernetes itself. @throws where it is not what the kind asks for; false for a kind of somebody else's */
function validate(document: YamlDocument): boolean {
  const { apiVersion, kind } = document as { readonly apiVersion: string; readonly kind: string };
  const group = GROUPS[apiVersion] as Readonly<Record<string, Model>> | undefined;
  if (group === undefined) return false;
  const Kind = group[kind];
  if (Kind === undefined) throw new Error(`${apiVersion} has no kind ${kind}`);
  new Kind(document as never).validate();
  return true;
}

const base = filesOf('kubernetes/base', '.yaml')
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) => readYaml('deploy', 'kubernetes', 'base', file))
  .map((document) => {
    const { kind, metadata } = document as { readonly kind: string; readonly metadata: { readonly name: string } };
    return { kind, name: metadata.name, document };
  });
const templates = base.flatMap(({ kind, name, document }) => {
  const { spec } = document as { readonly spec?: { readonly template?: PodTemplate } };
  return spec?.template === undefined ? [] : [{ kind, name, template: spec.template }];
});

describe('the manifests', () => {
  it.each(base)('$kind $name is what Kubernetes takes', ({ document }) => {
    expect(validate(document)).toBe(true);
  });

  it('would be refused where they were wrong', () => {
    const [, { document } = { document: {} }] = base;
    expect(() => validate({ ...document, metadata: { name: 7 } })).toThrow();
  });

  it.each(templates)('$kind $name keeps to the restricted pod security', ({ template: { spec } }) => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext, resources } of spec.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.limits?.memory).toBeDefined();
    }
  });

  it.each(templates)(
    '$kind $name starts a program that there is, with settings that it knows',
    ({ kind, template }) => {
      for (const { command, env = [], readinessProbe } of template.spec.containers) {
        const source = (command[1] ?? '-').replace(/^dist\//, '').replace(/\.js$/, '.ts');
        expect([source, existsSync(join(packageRoot(), source))]).toEqual([source, true]);
        expect(env.map(({ name }) => name).filter((name) => !settingNames().has(name))).toEqual([]);
        expect(readinessProbe !== undefined).toBe(kind === 'Deployment');
      }
    },
  );

  it('configure only what the processes read', () => {
    const { data } = base.find(({ kind }) => kind === 'ConfigMap')?.document as { readonly data: object };
    expect(Object.keys(data).filter((name) => !settingNames().has(name) && name !== 'NODE_ENV')).toEqual([]);
  });

  it('every file is in the kustomization, and the other way round', () => {
    const { resources } = readYaml('deploy', 'kubernetes', 'base', 'kustomization.yaml')[0] as {
      readonly resources: readonly string[];
    };
    expect([...resources].sort()).toEqual(
      filesOf('kubernetes/base', '.yaml').filter((file) => file !== 'kustomization.yaml'),
    );
  });
});

const kustomize = process.env['KUSTOMIZE'] ?? 'kustomize';
const has = spawnSync(kustomize, ['version']).status === 0;

describe('the overlays', () => {
  (has ? it : it.skip).each(['base', 'overlays/development', 'overlays/production'])(
    '%s can be built and applied',
    (folder) => {
      const { status, stdout, stderr } = spawnSync(kustomize, ['build', join(DEPLOY, 'kubernetes', folder)], {
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
      const documents = yamlDocuments(stdout);
      const foreign = documents.filter((document) => !validate(document)).map(({ kind }) => kind);
      expect(foreign).toEqual(folder === 'overlays/production' ? ['PodMonitor'] : []);
      expect(documents.filter(({ kind }) => kind === 'Deployment')).toHaveLength(3);
    },
  );
});

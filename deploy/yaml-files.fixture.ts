import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '#platform';

export const DEPLOY = join(packageRoot(), 'deploy');

export type YamlDocument = Readonly<Record<string, unknown>>;

/** Every document of a YAML file, anchors and merge keys resolved. @throws where it is not YAML */
export function readYaml(...path: readonly string[]): readonly YamlDocument[] {
  return yamlDocuments(readFileSync(join(packageRoot(), ...path), 'utf8'));
}

export function yamlDocuments(text: string): readonly YamlDocument[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as YamlDocument;
  });
}

/** Names of the files of a folder below deploy, sorted. */
export const filesOf = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(DEPLOY, folder))
    .filter((file) => file.endsWith(ending))
    .sort();

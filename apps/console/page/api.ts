/** Calls to the API of the origin that served the page. */

const KEY = 'coordination-api-key';

/** In this tab alone, and gone with it. */
export const apiKey = {
  get: (): string => sessionStorage.getItem(KEY) ?? '',
  set(key: string): void {
    if (key === '') sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, key);
    dispatchEvent(new Event('api-key'));
  },
};

/** What the service answered instead of what was asked for; status 0 where it did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string,
    readonly errors: readonly { readonly pointer: string; readonly message: string; readonly accepted?: string }[] = [],
  ) {
    super(title);
  }
}

const headers = (): Record<string, string> => {
  const key = apiKey.get();
  return key === '' ? {} : { authorization: `Bearer ${key}` };
};

/** @throws ApiError */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...headers(), ...(init.headers as Record<string, string>) } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'The service does not answer', 'It may be starting again, or the network is down.');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiError> {
  if (response.status === 401) dispatchEvent(new Event('api-key-needed'));
  try {
    const { title, detail, errors } = (await response.json()) as {
      title?: string;
      detail?: string;
      errors?: ApiError['errors'];
    };
    return new ApiError(response.status, title ?? `Status ${response.status}`, detail ?? '', errors ?? []);
  } catch {
    return new ApiError(response.status, `Status ${response.status}`, '');
  }
}

/** @throws ApiError */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call(path, signal ? { signal } : {})).json()) as T;
}

/** Saves what an address answers as a file. A plain link could not carry the key. */
export async function download(path: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await (await call(path)).blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

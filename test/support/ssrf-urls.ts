/** Names that the resolver of {@link file://./flapping-names.ts} leads to this machine, or there and elsewhere in turn. */
export const FLAPPING_NAMES = ['inside.test', 'both.test', 'flapping.test', 'sixth.test', 'mapped.test'] as const;

/** Ways to write 127.0.0.1, ::1 and addresses that lead there, as hosts of URLs. */
const LOOPBACK_HOSTS = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.000.000.001', '127.0.0.1.', '127.255.255.254', '127.8.8.8', '2130706433'],
  ...[
    '017700000001',
    '0177.0.0.1',
    '0177.0.0.01',
    '0x7f000001',
    '0x7f.0.0.1',
    '0x7f.1',
    '0x7F.0x0.0x0.0x1',
    '0x7f.0.1',
  ],
  ...['0x7f000001.', '00000177.0.0.1', '127.0.0.0x1', '127.0.0.01', '0', '0.0.0.0', '0.0', '0x0', '00', '0.0.0.0.'],
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::0001]',
    '[0:0::1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
  ],
  ...['[::ffff:7f00:1]', '[::ffff:7f00:0001]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::FFFF:127.0.0.1]', '[::7f00:1]'],
  ...['[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[64:ff9b:1::7f00:1]'],
  ...['①②⑦.⓪.⓪.①', '１２７.０.０.１', '127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '%31%32%37.0.0.1', '127.0.0.%31'],
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'Local\u00adhost',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'loc%61lhost',
    'lo\tcalhost',
    'foo.localhost',
  ],
  ...FLAPPING_NAMES,
] as const;

/** Places inside a network, and those where clouds keep their secrets. */
const INSIDE_HOSTS = [
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.1', '192.168.0.1', '192.168.1.254', '100.64.0.1'],
  ...[
    '169.254.169.254',
    '169.254.170.2',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.0.1',
  ],
  ...['2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.43518', '169.16689662', '0xA9.0xFE.0xA9.0xFE'],
  ...['[fd00:ec2::254]', '[fd20:ce::254]', '[fe80::1]', '[fc00::1]', '[fd12:3456::1]', '[ff02::1]', '[fec0::1]'],
  ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]', '[::a9fe:a9fe]'],
  ...[
    '[::ffff:10.0.0.1]',
    '[::ffff:c0a8:1]',
    '[2002:a00:1::]',
    '[2002:c0a8:1::1]',
    '[100::1]',
    '[2001:db8::1]',
    '[3fff::1]',
  ],
  ...[
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '192.0.2.1',
    '240.0.0.1',
    '255.255.255.255',
    '224.0.0.1',
    '239.1.1.1',
  ],
] as const;

/** Addresses that are none, or none of ours. */
const STRANGE_URLS = [
  ...['file:///etc/passwd', 'gopher://127.0.0.1/', 'ftp://127.0.0.1/x', 'dict://127.0.0.1:11211/', 'ws://127.0.0.1/'],
  ...[
    'javascript:alert(1)',
    'blob:http://127.0.0.1/x',
    'about:blank',
    'ldap://127.0.0.1/',
    'unix:/var/run/docker.sock',
  ],
  ...['http://', 'http:///x', 'http://?x', 'http://#x', 'http:', '//127.0.0.1/x', '127.0.0.1', 'http//127.0.0.1'],
  ...[
    'http://[::1',
    'http://[',
    'http://256.256.256.256/',
    'http://1.2.3.4.5/',
    'http://0x7g.1/',
    'http://127.0.0.1:99999/',
  ],
] as const;

/** Ways to write one address around its host. */
const SPELLINGS: readonly ((host: string, port: number) => string)[] = [
  (host, port) => `http://${host}:${port}/x.png`,
  (host, port) => `https://${host}:${port}/x.png`,
  (host, port) => `HTTP:\\\\${host}:${port}\\x.png`,
  (host, port) => `http:${host}:${port}/x.png?a=http://example.com/`,
];

/** Spellings that hide the host behind another one. */
const DISGUISES: readonly ((host: string, port: number) => string)[] = [
  (host, port) => `http://example.com@${host}:${port}/x.png`,
  (host, port) => `http://example.com:80@${host}:${port}/x.png`,
  (host, port) => `http://${host}:${port}#@example.com/x.png`,
  (host, port) => `http://${host}:${port}?@example.com/x.png`,
  (host, port) => ` \n http://${host}:${port}/x.png`,
  (host, port) => `http:/${host}:${port}/x.png`,
  (host, port) => `http:////${host}:${port}/x.png`,
];

/**
 * Addresses that must not be reached by anybody who may not reach this machine's network (G26), 300 and more.
 * @param port where the canary listens.
 */
export function ssrfUrls(port: number): string[] {
  return [
    ...LOOPBACK_HOSTS.flatMap((host) => SPELLINGS.map((spell) => spell(host, port))),
    ...['127.0.0.1', '[::1]', 'localhost', '0x7f.1'].flatMap((host) => DISGUISES.map((spell) => spell(host, port))),
    ...INSIDE_HOSTS.map((host) => `http://${host}/latest/meta-data`),
    ...STRANGE_URLS,
  ];
}

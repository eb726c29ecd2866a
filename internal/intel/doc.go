// Package intel owns what the world knows: advisories of every feed, the vulnerabilities that group them, exploitation
// (KEV) and its likelihood (EPSS). Feeds fetch and parse (feeds/...); this package stores.
package intel

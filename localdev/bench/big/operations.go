package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"

	"github.com/threatwerk/threatwerk/internal/finding"
)

// operation is something people ask for; path gives it with made-up arguments.
type operation struct {
	name   string
	list   bool // has pages
	person bool // refuses tokens
	path   func(*rand.Rand) string
}

func fixed(name, path string) operation {
	return operation{name: name, list: true, path: func(*rand.Rand) string { return path }}
}

func some(name, format string, most int) operation {
	return operation{name: name, list: true, path: func(r *rand.Rand) string { return fmt.Sprintf(format, 1+r.IntN(most)) }}
}

// operations are every list with every sort and filter, and the pages behind them.
func operations() []operation {
	return append(findingOperations(), otherOperations()...)
}

func findingOperations() []operation {
	const list = "/api/v1/findings?"
	var all []operation
	for _, sort := range finding.Sorts {
		all = append(all, fixed("findings by "+sort, list+"sort="+sort))
	}
	filters := []struct {
		name, query string
		most        int // numbers to put in; 0: none
	}{
		{"critical", "severity=critical", 0}, {"low", "severity=low", 0}, {"two severities", "severity=high&severity=medium", 0}, {"none", "severity=none", 0},
		{"npm", "ecosystem=npm", 0}, {"NuGet", "ecosystem=NuGet", 0}, {"no ecosystem of ours", "ecosystem=Hex", 0},
		{"exploited", "kev=true", 0}, {"not exploited", "kev=false", 0}, {"fixable", "fixable=true", 0}, {"not fixable", "fixable=false", 0},
		{"text: json", "q=json", 0}, {"text: a CVE", "q=CVE-2024-101", 0}, {"text: nothing", "q=zzzzz", 0}, {"text: one letter", "q=j", 0},
		{"resolved", "state=resolved", 0}, {"any state", "state=all", 0}, {"any release", "active=all", 0}, {"inactive", "active=false", 0},
		{"everything", "state=all&active=all", 0},
		{"a product", "product_id=%d", products}, {"a release", "release_id=%d", products * releasesPerProduct},
		{"a component", "component_id=%d", 2000}, {"exploited critical fixable npm", "kev=true&severity=critical&fixable=true&ecosystem=npm", 0},
		{"a product, exploited", "kev=true&product_id=%d", products}, {"a product, text", "q=json&product_id=%d", products},
	}
	for _, f := range filters {
		for _, sort := range []string{"", "-epss", "kev", "-first_seen", "component", "-product"} {
			query := f.query
			name := "findings: " + f.name
			if sort != "" {
				query, name = query+"&sort="+sort, name+", by "+sort
			}
			if f.most > 0 {
				all = append(all, some(name, list+query, f.most))
			} else {
				all = append(all, fixed(name, list+query))
			}
		}
		summary := operation{name: "summary: " + f.name, path: fixed("", "/api/v1/findings/summary?"+f.query).path}
		if f.most > 0 {
			summary.path = some("", "/api/v1/findings/summary?"+f.query, f.most).path
		}
		all = append(all, summary)
	}
	one := some("a finding", "/api/v1/findings/%d", 500_000)
	one.list = false
	whole := operation{name: "summary", path: fixed("", "/api/v1/findings/summary").path}
	return append(all, whole, one)
}

func otherOperations() []operation {
	single := func(o operation) operation { o.list = false; return o }
	asPerson := func(o operation) operation { o.person = true; return o }
	name := func(path string, words ...string) func(*rand.Rand) string {
		return func(r *rand.Rand) string { return path + url.QueryEscape(words[r.IntN(len(words))]) }
	}
	const releases = products * releasesPerProduct
	return []operation{
		fixed("products", "/api/v1/products"), fixed("products by -name", "/api/v1/products?sort=-name"), fixed("products by created", "/api/v1/products?sort=created"),
		fixed("products: text", "/api/v1/products?q=port"), single(some("a product", "/api/v1/products/%d", products)),
		some("releases of a product", "/api/v1/products/%d/releases", products), single(some("a release", "/api/v1/releases/%d", releases)),
		some("components of a release", "/api/v1/releases/%d/components", releases), some("components of a release: text", "/api/v1/releases/%d/components?q=json", releases),
		some("licences of a release", "/api/v1/releases/%d/licenses", releases), some("SBOMs of a release", "/api/v1/releases/%d/sboms", releases),
		some("possible matches", "/api/v1/releases/%d/possible", releases), some("coverage", "/api/v1/releases/%d/coverage", releases),
		single(some("upgrades of a release", "/api/v1/releases/%d/upgrades", releases)),
		{name: "components: part of a name", list: true, path: name("/api/v1/components?q=", "json", "fast", "log", "ember-http", "z")},
		{name: "components: a name", list: true, path: name("/api/v1/components?name=", "async-json-core", "json-core", "http-kit")},
		{name: "components: below a version", list: true, path: name("/api/v1/components?below=3.0.0&q=", "json", "http-kit", "queue")},
		{name: "search: a CVE", path: func(r *rand.Rand) string { return fmt.Sprintf("/api/v1/search?q=CVE-2024-%d", 10_000+r.IntN(90_000)) }},
		{name: "search: a GHSA", path: func(r *rand.Rand) string { return "/api/v1/search?q=" + ghsa(r.IntN(20_000)) }},
		{name: "search: words", path: name("/api/v1/search?q=", "json", "fast-json", "http", "gateway 2.1", "campaign 12", "cve-2023", "portal", "1.2", "ledger", "zzzz", "gh", "org.amber")},
		fixed("reports: touching", "/api/v1/reports?touches=us"), fixed("reports: all", "/api/v1/reports?touches=all"), fixed("reports: text", "/api/v1/reports?touches=all&q=campaign"),
		fixed("reports: adversary", "/api/v1/reports?touches=all&adversary=group%207"), fixed("reports: technique", "/api/v1/reports?touches=all&technique=T1190"),
		single(some("a report", "/api/v1/reports/%d", reports)), some("indicators of a report", "/api/v1/reports/%d/indicators", reports),
		single(fixed("indicator", "/api/v1/indicators?value=198.51.7.3")),
		{name: "a vulnerability", path: func(r *rand.Rand) string {
			return "/api/v1/vulnerabilities/" + ghsa(r.IntN(20_000))
		}},
		single(fixed("feeds", "/api/v1/feeds")), single(fixed("intel", "/api/v1/intel")), single(fixed("me", "/api/v1/me")),
		asPerson(fixed("people", "/api/v1/people")), asPerson(fixed("people: text", "/api/v1/people?q=analyst")),
		asPerson(single(fixed("teams", "/api/v1/teams"))),
		asPerson(fixed("audit", "/api/v1/audit")), asPerson(fixed("audit: an action", "/api/v1/audit?action=sbom.upload")),
		asPerson(some("audit: a person", "/api/v1/audit?actor_id=%d", people)), asPerson(some("audit: a product", "/api/v1/audit?product_id=%d", products)),
	}
}

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Sizes of the portfolio.
const (
	products           = 200
	releasesPerProduct = 10
	activePerProduct   = 7
	componentsPerSBOM  = 500
	packages           = 10_000
	versionsPerPackage = 5
	vulnerabilities    = 100_000
	reports            = 5_000
	people             = 60
	teams              = 12
	restricted         = 20 // products
)

// pkg is a made-up package: component ids are 1 + its index * versionsPerPackage + the version's index.
type pkg struct {
	ecosystem, kind, name string
	versions              [versionsPerPackage]string
	flaws                 []flaw
}

// flaw reaches the versions before the one that fixes it; with fixedIn versionsPerPackage nothing does.
type flaw struct {
	vulnerability int
	fixedIn       int
}

type vulnerability struct {
	name, ghsa, summary, severity, vector string
	score                                 float64
	day                                   int // published so many days before today
	exploited                             int // in the catalogue for so many days; 0: not
	epss                                  float32
}

// occurrence is a component in a document; edges lead to it from parents, -1 being the subject.
type occurrence struct {
	component int
	depth     int
	parents   []int
}

type portfolio struct {
	random          *rand.Rand
	packages        []pkg
	vulnerabilities []vulnerability
}

func newPortfolio() *portfolio {
	p := &portfolio{random: rand.New(rand.NewPCG(20, 26))}
	p.makeVulnerabilities()
	p.makePackages()
	return p
}

var (
	firstWords = []string{"amber", "basic", "cedar", "delta", "ember", "fast", "granite", "hollow", "inner", "jade", "keen", "light", "micro", "nimble",
		"open", "plain", "quick", "river", "silver", "tiny", "ultra", "vivid", "warm", "xeno", "young", "zinc", "async", "core", "deep", "edge"}
	secondWords = []string{"json", "http", "xml", "yaml", "crypto", "queue", "cache", "router", "stream", "buffer", "token", "logger", "mailer", "parser",
		"schema", "socket", "session", "template", "vector", "worker", "image", "archive"}
	thirdWords = []string{"core", "utils", "client", "server", "kit", "lib", "api", "bridge", "helper", "plugin", "engine", "adapter", "codec", "tools",
		"runtime", "extras"}
	flawWords = []string{"Out-of-bounds write", "Cross-site scripting", "SQL injection", "Path traversal", "Denial of service", "Use after free",
		"Deserialization of untrusted data", "Improper authentication", "Server-side request forgery", "Information disclosure"}
	productWords = []string{"Billing", "Checkout", "Gateway", "Identity", "Ledger", "Portal", "Reporting", "Scheduler", "Telemetry", "Warehouse",
		"Fleet", "Archive", "Signing", "Catalogue", "Payroll", "Routing", "Backup", "Mobile", "Firmware", "Console"}
	partWords = []string{"service", "app", "agent", "worker", "console", "library", "appliance", "connector", "suite", "engine"}
	vectors   = []struct {
		vector, severity string
		score            float64
	}{
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "critical", 9.8},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N", "critical", 9.1},
		{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "high", 8.8},
		{"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", "high", 8.1},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "high", 7.5},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N", "medium", 6.5},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "medium", 6.1},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", "medium", 5.3},
		{"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N", "low", 3.3},
		{"", "unknown", 0},
	}
)

func (p *portfolio) makeVulnerabilities() {
	p.vulnerabilities = make([]vulnerability, vulnerabilities)
	for i := range p.vulnerabilities {
		v := vectors[min(p.random.IntN(len(vectors)+4), len(vectors)-1)*7%len(vectors)]
		day := p.random.IntN(3600)
		p.vulnerabilities[i] = vulnerability{
			name: fmt.Sprintf("CVE-%d-%05d", 2026-day/365, 10_000+i%90_000+i/90_000*90_000), ghsa: ghsa(i),
			summary: flawWords[p.random.IntN(len(flawWords))] + " in " + thirdWords[p.random.IntN(len(thirdWords))],
			vector:  v.vector, severity: v.severity, score: v.score, day: day,
			epss: float32(math.Pow(p.random.Float64(), 6)),
		}
		if p.random.IntN(100) == 0 {
			p.vulnerabilities[i].exploited = 1 + p.random.IntN(day+1)
		}
	}
}

// ghsa is an id in the alphabet of GitHub's.
func ghsa(i int) string {
	const letters = "23456789cfghjmpqrvwx"
	b := []byte("GHSA-xxxx-xxxx-xxxx")
	n := uint64(i+1) * 0x9E3779B97F4A7C15
	for at := 5; at < len(b); at++ {
		if b[at] != '-' {
			b[at], n = letters[n%uint64(len(letters))], n/uint64(len(letters))
		}
	}
	return string(b)
}

func (p *portfolio) makePackages() {
	next := 0
	p.packages = make([]pkg, packages)
	order := p.random.Perm(len(firstWords) * len(secondWords) * len(thirdWords))
	for i := range p.packages {
		n := order[i]
		a, b, c := firstWords[n%30], secondWords[n/30%22], thirdWords[n/660]
		k := &p.packages[i]
		switch p.random.IntN(20) {
		case 0, 1, 2, 3, 4, 5, 6, 7:
			k.ecosystem, k.kind, k.name = "npm", "npm", a+"-"+b+"-"+c
		case 8, 9, 10, 11:
			k.ecosystem, k.kind, k.name = "Maven", "maven", "org."+a+":"+b+"-"+c
		case 12, 13, 14:
			k.ecosystem, k.kind, k.name = "PyPI", "pypi", a+"-"+b+"-"+c
		case 15, 16:
			k.ecosystem, k.kind, k.name = "Go", "golang", "example.org/"+a+"/"+b+"-"+c
		case 17:
			k.ecosystem, k.kind, k.name = "crates.io", "cargo", a+"_"+b+"_"+c
		case 18:
			k.ecosystem, k.kind, k.name = "NuGet", "nuget", a+"."+b+"."+c
		default:
			k.ecosystem, k.kind, k.name = "", "generic", a+"-"+b+"-"+c
		}
		major, minor := 1+p.random.IntN(6), p.random.IntN(9)
		for v := range k.versions {
			k.versions[v] = fmt.Sprintf("%d.%d.%d", major, minor+v, p.random.IntN(15))
		}
		// A third of the packages has flaws, some many.
		if k.ecosystem == "" || p.random.IntN(100) >= 36 {
			continue
		}
		for range 1 + int(math.Pow(p.random.Float64(), 3)*9) {
			k.flaws = append(k.flaws, flaw{next, 1 + p.random.IntN(versionsPerPackage)})
			next++
		}
	}
}

// choice is what a product is built from: popular packages more often than others, the newer the release the newer the version.
func (p *portfolio) choice() (chosen, start []int) {
	seen := map[int]bool{}
	for len(chosen) < componentsPerSBOM+100 {
		i := int(math.Pow(p.random.Float64(), 2.2) * packages)
		if !seen[i] {
			seen[i] = true
			chosen, start = append(chosen, i), append(start, p.random.IntN(versionsPerPackage))
		}
	}
	return chosen, start
}

// document is a release's: 500 of the product's packages, others in each release, and the graph between them.
func (p *portfolio) document(chosen, start []int, release int) (parts []occurrence, left []int) {
	skip := release * 9 % 100
	for i, n := range chosen {
		version := min(start[i]+(release+i%4)/5, versionsPerPackage-1)
		component := n*versionsPerPackage + version
		if i >= skip && i < skip+100 {
			left = append(left, component)
			continue
		}
		parts = append(parts, occurrence{component: component})
	}
	for i := range parts {
		o := &parts[i]
		if i < 40 {
			o.parents, o.depth = []int{-1}, 1
			continue
		}
		o.depth = 1 << 20
		for range 1 + p.random.IntN(2) {
			parent := p.random.IntN(min(i, 20+i/2))
			o.parents = append(o.parents, parent)
			o.depth = min(o.depth, parts[parent].depth+1)
		}
		if len(o.parents) == 2 && o.parents[0] == o.parents[1] {
			o.parents = o.parents[:1]
		}
	}
	return parts, left
}

// reaching are the flaws of a component.
func (p *portfolio) reaching(component int) []flaw {
	var out []flaw
	for _, f := range p.packages[component/versionsPerPackage].flaws {
		if component%versionsPerPackage < f.fixedIn {
			out = append(out, f)
		}
	}
	return out
}

// fix is the version that ends a flaw; nil: none.
func (k *pkg) fix(f flaw) *string {
	if f.fixedIn == versionsPerPackage {
		return nil
	}
	return &k.versions[f.fixedIn]
}

package app

import (
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel/feeds/cvelist"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/epss"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/ghsa"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/kev"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/otx"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
)

// allSources are the feeds that there are, in the order that people see them. Below INTEL_BASE_URL, where it is set, each
// service's paths stand under the feed's name.
func allSources(c config.Config, version string) poll.Sources {
	o := fetch.Options{UserAgent: fetch.UserAgent(version, c.AppURL)}
	at := func(path string) string {
		if c.IntelBaseURL == "" {
			return ""
		}
		return strings.TrimRight(c.IntelBaseURL, "/") + path
	}
	n := nvd.New(nvd.Settings{BaseURL: at("/nvd/rest/json/cves/2.0"), FilesURL: at("/nvd/feeds/json/cve/2.0/"), Fetch: o})
	g := ghsa.New(ghsa.Settings{BaseURL: at("/ghsa"), Fetch: o})
	x := otx.New(otx.Config{URL: at("/otx")}, o)
	return poll.Sources{
		{
			Feed: n, Title: "NVD", Site: "https://nvd.nist.gov", Test: n.Try, Quiet: 12 * time.Hour,
			Notice:     "This product uses data from the NVD API but is not endorsed or certified by the NVD.",
			WithoutKey: "Without a key NVD admits a tenth of the requests; the first load, from its yearly files, needs none.",
		},
		{
			Feed: g, Title: "GitHub Advisories", Site: "https://github.com/advisories", Test: g.Try, NeedsKey: true, Quiet: 24 * time.Hour,
			WithoutKey: "GitHub admits 60 requests an hour without a token, too few for its advisories. Any token will do, without scopes. " +
				"Until then OSV's copy of the same advisories is used.",
		},
		{
			Feed:  osv.New(osv.Config{URL: at("/osv"), Ecosystems: c.IntelOSVEcosystems}, o),
			Title: "OSV", Site: "https://osv.dev", Quiet: 6 * time.Hour,
		},
		{
			Feed:  kev.New(kev.Config{URL: at("/kev/known_exploited_vulnerabilities.json")}, o),
			Title: "CISA KEV", Site: "https://www.cisa.gov/known-exploited-vulnerabilities-catalog", Quiet: 10 * 24 * time.Hour,
		},
		{Feed: epss.New(epss.Config{URL: at("/epss")}, o), Title: "EPSS", Site: "https://www.first.org/epss", Quiet: 36 * time.Hour},
		{
			Feed:  cvelist.New(cvelist.Config{URL: at("/cve/main"), Releases: at("/cve/releases/download")}, o),
			Title: "CVE List", Site: "https://www.cve.org", Quiet: 12 * time.Hour,
		},
		{
			Feed: x, Title: "AlienVault OTX", Site: "https://otx.alienvault.com", Test: x.Check, NeedsKey: true, Reports: true,
			WithoutKey: "OTX gives one to every account; it shows once the account subscribes to a pulse or user.",
		},
	}
}

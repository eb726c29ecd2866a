package sbom

import (
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// Trace is the fingerprint of something that a document says of a component and that attacks are known by as well.
type Trace struct {
	Kind ident.TraceKind
	Key  int64
}

// Bounds on what is kept of one component and of one document.
const (
	maxTraces         = 48
	maxDocumentTraces = 500_000
)

// sharedHosts serve the files of everyone: that a report names one says nothing about those who load from it. Names below
// them that belong to one user (someone.github.io) are not shared.
var sharedHosts = func() map[string]bool {
	m := map[string]bool{}
	for _, host := range strings.Fields(`
		github.com raw.githubusercontent.com codeload.github.com objects.githubusercontent.com githubusercontent.com github.io
		gitlab.com gitlab.io bitbucket.org bitbucket.io codeberg.org sourceforge.net sf.net git.kernel.org kernel.org
		launchpad.net
		alpinelinux.org dl-cdn.alpinelinux.org git.alpinelinux.org fedoraproject.org redhat.com access.redhat.com centos.org opensuse.org
		npmjs.com www.npmjs.com unpkg.com jsdelivr.net cdn.jsdelivr.net
		pypi.org files.pythonhosted.org pythonhosted.org python.org readthedocs.io readthedocs.org anaconda.org conda.io
		maven.org repo1.maven.org repo.maven.apache.org search.maven.org central.sonatype.com sonatype.org oss.sonatype.org s01.oss.sonatype.org
		apache.org maven.apache.org gitbox.apache.org svn.apache.org eclipse.org spring.io jboss.org google.com maven.google.com
		code.google.com googlesource.com googleapis.com storage.googleapis.com gstatic.com go.googlesource.com
		pkg.go.dev gopkg.in crates.io static.crates.io docs.rs rubygems.org rubydoc.info packagist.org nuget.org api.nuget.org www.nuget.org
		hex.pm hexdocs.pm pub.dev cocoapods.org gnu.org ftp.gnu.org savannah.gnu.org mozilla.org
		docker.io docker.com hub.docker.com quay.io ghcr.io gcr.io mcr.microsoft.com microsoft.com visualstudio.com azure.com windows.net
		blob.core.windows.net amazonaws.com s3.amazonaws.com cloudfront.net akamaized.net fastly.net cloudflare.com pages.dev workers.dev
		herokuapp.com netlify.app vercel.app web.app firebaseapp.com appspot.com blogspot.com wordpress.com medium.com
		twitter.com x.com facebook.com youtube.com linkedin.com t.me telegram.org discord.com slack.com dropbox.com mega.nz pastebin.com
		co.uk org.uk com.au co.jp com.br com.cn co.in co.nz co.kr co.za
		opensource.org spdx.org creativecommons.org w3.org example.com example.org`) {
		m[host] = true
	}
	return m
}()

// sharedDomains are shared with every name below them.
var sharedDomains = map[string]bool{"npmjs.org": true, "yarnpkg.com": true, "golang.org": true, "debian.org": true, "ubuntu.com": true}

// addURL keeps where a component comes from: the address, its host and the names above the host.
func (c *Component) addURL(value string) {
	t, ok := ident.URLTrace(value)
	if !ok || none(strings.ToUpper(strings.TrimSpace(value))) {
		return
	}
	if t.Kind == ident.TraceURL {
		c.addTrace(t)
		t = ident.URLHost(t)
	}
	hosts := append([]ident.Trace{t}, ident.Domains(t)...)
	if slices.ContainsFunc(hosts, func(host ident.Trace) bool { return sharedDomains[host.Text] }) {
		return
	}
	for _, host := range hosts {
		if sharedHosts[host.Text] {
			return // and so are the names above it
		}
		c.addTrace(host)
	}
}

func (c *Component) addHash(value string) {
	if t, ok := ident.HashTrace(value); ok {
		c.addTrace(t)
	}
}

func (c *Component) addTrace(t ident.Trace) {
	if len(c.Traces) >= maxTraces {
		return
	}
	key := t.Key()
	for _, have := range c.Traces {
		if have.Key == key {
			return
		}
	}
	c.Traces = append(c.Traces, Trace{t.Kind, key})
}

// traces are all of a component: those read with it, its hashes, and what its package URL says of its origin.
func (c *Component) traces() []Trace {
	all := Component{Traces: c.Traces[:len(c.Traces):len(c.Traces)]}
	for _, h := range c.Hashes {
		_, sum, _ := strings.Cut(h, ":")
		all.addHash(sum)
	}
	if strings.Contains(c.PURL, "?") {
		if purl, err := ident.ParsePURL(c.PURL); err == nil {
			for _, q := range []string{"download_url", "vcs_url", "repository_url"} {
				all.addURL(purl.Qualifiers[q])
			}
			for _, sum := range strings.Split(purl.Qualifiers["checksum"], ",") {
				_, sum, _ = strings.Cut(sum, ":")
				all.addHash(sum)
			}
		}
	}
	return all.Traces
}

// origins are the CycloneDX external references that say where a component comes from or belongs. The others lead to
// its documentation, its tickets, its chat.
var origins = map[string]bool{
	"distribution": true, "distribution-intake": true, "source-distribution": true, "vcs": true, "website": true, "other": true,
}

// references reads externalReferences (CycloneDX 1.0 and later).
func (c *cdxReader) references(got *cdxComponent) error {
	return c.w.list("reference", func(int) error {
		var typ, url string
		var sums []string
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "type":
				typ, err = c.w.text()
			case "url":
				url, err = c.w.text()
			case "hashes":
				err = c.w.list("hash", func(int) error {
					return c.w.object(func(key string) error {
						if key != "content" && key != "#text" {
							return nil
						}
						sum, err := c.w.text()
						if len(sums) < maxHashes {
							sums = append(sums, sum)
						}
						return err
					})
				})
			}
			return err
		})
		if origins[strings.ToLower(typ)] {
			got.addURL(url)
			for _, sum := range sums {
				got.addHash(sum)
			}
		}
		return err
	})
}

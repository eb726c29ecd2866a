package osv

import (
	"regexp"
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// clean takes out what PostgreSQL cannot store (NUL) and what no field means (space around it).
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.TrimSpace(s)
}

func texts(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = clean(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

var ghsa = regexp.MustCompile(`^(?i:GHSA)(-[0-9a-zA-Z]{4}){3}$`)

// foldID writes CVE and GHSA ids the one way their owners do; people and feeds vary the case.
func foldID(id string) string {
	id = clean(id)
	if upper := strings.ToUpper(id); intel.IsCVE(upper) {
		return upper
	}
	if ghsa.MatchString(id) {
		return "GHSA" + strings.ToLower(id[4:])
	}
	return id
}

// foldIDs sorts, so that a feed which shuffles its lists has changed nothing, and drops the record's own id.
func foldIDs(list []string, own string) []string {
	own = foldID(own)
	out := make([]string, 0, len(list))
	for _, id := range list {
		if id = foldID(id); id != "" && id != own && len(id) <= maxID {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func cwes(list []string) []string {
	out := make([]string, 0, len(list))
	for _, id := range list {
		if id = strings.ToUpper(clean(id)); strings.HasPrefix(id, "CWE-") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sourceOf reads who wrote the record from its id, as the prefixes are registered with the OSV schema.
func sourceOf(id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return strings.ToUpper(prefix)
}

// pageOf gives the page on which people read the record.
func pageOf(a intel.Advisory, converted bool) string {
	switch a.Source {
	case "GHSA":
		return "https://github.com/advisories/" + a.ID
	case "GO":
		return "https://pkg.go.dev/vuln/" + a.ID
	case "RUSTSEC":
		return "https://rustsec.org/advisories/" + a.ID + ".html"
	case "CVE":
		return "https://www.cve.org/CVERecord?id=" + a.ID
	case "DSA", "DLA":
		return "https://security-tracker.debian.org/tracker/" + a.ID
	}
	if !converted {
		return "https://osv.dev/vulnerability/" + a.ID
	}
	for _, r := range a.References {
		if r.Type == "ADVISORY" {
			return r.URL
		}
	}
	return ""
}

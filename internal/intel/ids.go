package intel

import (
	"regexp"
	"strings"
)

var cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)

// IsCVE reports whether id is a CVE id in its official spelling.
func IsCVE(id string) bool { return strings.HasPrefix(id, "CVE-") && cvePattern.MatchString(id) }

// IsErrata reports whether id is an erratum of Red Hat or of a distribution that rebuilds it. Their records name the
// CVEs that they fix as related and know no upstream.
func IsErrata(id string) bool {
	prefix, _, _ := strings.Cut(id, "-")
	switch prefix {
	case "RHSA", "RHBA", "RHEA", "ALSA", "ALBA", "ALEA", "RLSA", "RLBA", "RLEA", "RXSA", "ELSA":
		return true
	}
	return false
}

// isMaintenance reports whether id is an erratum that fixes bugs (BA) or adds features (EA), not a security advisory (SA).
func isMaintenance(id string) bool {
	prefix, _, _ := strings.Cut(id, "-")
	switch prefix {
	case "RHBA", "RHEA", "ALBA", "ALEA", "RLBA", "RLEA":
		return true
	}
	return false
}

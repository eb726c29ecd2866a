package ghsa

import "encoding/json"

// advisory is one element of the list as far as it is used. Everything besides ghsa_id may be null.
type advisory struct {
	ID          string            `json:"ghsa_id"`
	CVE         string            `json:"cve_id"`
	Summary     string            `json:"summary"`
	Description string            `json:"description"`
	Type        string            `json:"type"`
	Severity    string            `json:"severity"`
	Source      string            `json:"source_code_location"`
	Identifiers []identifier      `json:"identifiers"`
	References  []json.RawMessage `json:"references"` // strings; objects with a url in GraphQL
	Published   string            `json:"published_at"`
	Updated     string            `json:"updated_at"`
	Withdrawn   string            `json:"withdrawn_at"`
	Entries     []entry           `json:"vulnerabilities"`
	CVSS        cvss              `json:"cvss"`
	Severities  struct {
		V3 cvss `json:"cvss_v3"`
		V4 cvss `json:"cvss_v4"`
	} `json:"cvss_severities"`
	CWEs []struct {
		ID string `json:"cwe_id"`
	} `json:"cwes"`
}

type identifier struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// cvss is judged by its vector: an absent one has a score of 0 or null.
type cvss struct {
	Vector string `json:"vector_string"`
}

type entry struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Range   string          `json:"vulnerable_version_range"`
	Patched json.RawMessage `json:"first_patched_version"` // a string; {"identifier": ...} in GraphQL and old captures
}

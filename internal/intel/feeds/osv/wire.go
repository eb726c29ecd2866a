package osv

import (
	"bytes"
	"encoding/json"
)

// record is the OSV schema as far as it is used, section by section of the specification.
type record struct {
	ID               string          `json:"id"`
	Modified         string          `json:"modified"`
	Published        string          `json:"published"`
	Withdrawn        string          `json:"withdrawn"`
	Aliases          []string        `json:"aliases"`
	Upstream         []string        `json:"upstream"`
	Related          []string        `json:"related"`
	Summary          string          `json:"summary"`
	Details          string          `json:"details"`
	Severity         []severity      `json:"severity"`
	Affected         []affected      `json:"affected"`
	References       []reference     `json:"references"`
	DatabaseSpecific json.RawMessage `json:"database_specific"`
}

type severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
		PURL      string `json:"purl"`
	} `json:"package"`
	Severity          []severity      `json:"severity"`
	Ranges            []versionRange  `json:"ranges"`
	Versions          []string        `json:"versions"`
	DatabaseSpecific  json.RawMessage `json:"database_specific"`
	EcosystemSpecific json.RawMessage `json:"ecosystem_specific"`
}

type versionRange struct {
	Type   string  `json:"type"`
	Events []event `json:"events"`
}

type event struct {
	Introduced   string `json:"introduced"`
	Fixed        string `json:"fixed"`
	LastAffected string `json:"last_affected"`
	Limit        string `json:"limit"`
}

// specific is what is used of the free objects database_specific and ecosystem_specific. Every database puts what it
// likes there, so each field is read for itself and one of another type is as good as absent.
type specific struct {
	severity          string
	lastKnownAffected string
	cwes              []string
	converted         bool
}

func readSpecific(raw json.RawMessage) specific {
	var s specific
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return s
	}
	var fields struct {
		Severity          json.RawMessage `json:"severity"`
		LastKnownAffected json.RawMessage `json:"last_known_affected_version_range"`
		CWEIDs            json.RawMessage `json:"cwe_ids"`
		CWEs              json.RawMessage `json:"cwes"`
		CWE               json.RawMessage `json:"cwe"`
		ConvertedFrom     json.RawMessage `json:"converted_from"`
	}
	if json.Unmarshal(raw, &fields) != nil {
		return s
	}
	s.severity = text(fields.Severity)
	s.lastKnownAffected = text(fields.LastKnownAffected)
	s.converted = len(fields.ConvertedFrom) > 0
	for _, list := range []json.RawMessage{fields.CWEIDs, fields.CWEs, fields.CWE} {
		s.cwes = append(s.cwes, readCWEs(list)...)
	}
	return s
}

// text gives a JSON string, or nothing where there is another type.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// readCWEs accepts "CWE-79", a list of those, and a list of objects with cweId or id.
func readCWEs(raw json.RawMessage) []string {
	if len(raw) == 0 {
		return nil
	}
	if one := text(raw); one != "" {
		return []string{one}
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	var out []string
	for _, item := range items {
		if s := text(item); s != "" {
			out = append(out, s)
			continue
		}
		var object struct {
			CWEID string `json:"cweId"`
			ID    string `json:"id"`
		}
		if json.Unmarshal(item, &object) == nil {
			out = append(out, object.CWEID+object.ID)
		}
	}
	return out
}

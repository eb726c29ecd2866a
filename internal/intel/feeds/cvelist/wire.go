package cvelist

import (
	"encoding/json"

	"github.com/threatwerk/threatwerk/internal/intel/feeds/cna"
)

// record is a CVE record as far as it is used.
type record struct {
	Metadata struct {
		ID        string `json:"cveId"`
		State     string `json:"state"` // PUBLISHED or REJECTED
		Assigner  string `json:"assignerShortName"`
		Published string `json:"datePublished"`
		Updated   string `json:"dateUpdated"`
		Rejected  string `json:"dateRejected"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA container       `json:"cna"`
		ADP json.RawMessage `json:"adp"` // a list of containers, read one by one
	} `json:"containers"`
}

type container struct {
	Provider struct {
		OrgID     string `json:"orgId"`
		ShortName string `json:"shortName"`
		Updated   string `json:"dateUpdated"`
	} `json:"providerMetadata"`
	Title           string              `json:"title"`
	Descriptions    []text              `json:"descriptions"`
	RejectedReasons []text              `json:"rejectedReasons"`
	Affected        []cna.Product       `json:"affected"`
	Metrics         []metric            `json:"metrics"`
	ProblemTypes    []problemType       `json:"problemTypes"`
	Applicability   []cna.Configuration `json:"cpeApplicability"`
	References      []reference         `json:"references"`
}

type text struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

type metric struct {
	V40   vector `json:"cvssV4_0"`
	V31   vector `json:"cvssV3_1"`
	V30   vector `json:"cvssV3_0"`
	V2    vector `json:"cvssV2_0"`
	Other struct {
		Type    string          `json:"type"` // ssvc, kev
		Content json.RawMessage `json:"content"`
	} `json:"other"`
}

type vector struct {
	Vector string `json:"vectorString"`
}

type problemType struct {
	Descriptions []struct {
		CWE         string `json:"cweId"`
		Description string `json:"description"`
	} `json:"descriptions"`
}

type reference struct {
	URL  string   `json:"url"`
	Tags []string `json:"tags"`
}

// decision is the content of a metric of the type ssvc.
type decision struct {
	Timestamp string                       `json:"timestamp"`
	Options   []map[string]json.RawMessage `json:"options"`
}

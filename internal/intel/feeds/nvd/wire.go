package nvd

import (
	"encoding/json"

	"github.com/threatwerk/threatwerk/internal/intel/feeds/cna"
)

// cve is the "cve" object of the API as far as it is used. The schema admits new properties at any time.
type cve struct {
	ID             string              `json:"id"`
	Published      string              `json:"published"`
	LastModified   string              `json:"lastModified"`
	Status         string              `json:"vulnStatus"`
	Tags           []cveTags           `json:"cveTags"`
	Descriptions   []langString        `json:"descriptions"`
	Metrics        metrics             `json:"metrics"`
	Weaknesses     []weakness          `json:"weaknesses"`
	Configurations []cna.Configuration `json:"configurations"`
	References     []reference         `json:"references"`
	Affected       []affectedBlock     `json:"affected"`
}

type cveTags struct {
	Tags []string `json:"tags"`
}

type langString struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

// metrics lists the members that are known: looping over all of them meets ones of another form.
type metrics struct {
	V40  []metric `json:"cvssMetricV40"`
	V31  []metric `json:"cvssMetricV31"`
	V30  []metric `json:"cvssMetricV30"`
	V2   []metric `json:"cvssMetricV2"`
	SSVC []struct {
		Source string `json:"source"`
		Data   struct {
			Options []map[string]json.RawMessage `json:"options"`
		} `json:"ssvcData"`
	} `json:"ssvcV203"`
}

type metric struct {
	Source string `json:"source"`
	Type   string `json:"type"` // Primary or Secondary
	Data   struct {
		Vector string `json:"vectorString"`
	} `json:"cvssData"`
}

type weakness struct {
	Description []langString `json:"description"`
}

type reference struct {
	URL  string   `json:"url"`
	Tags []string `json:"tags"`
}

// affectedBlock is the CNA's CVE 5 "affected" container, which NVD passes on since June 2026.
type affectedBlock struct {
	Source string        `json:"source"`
	Data   []cna.Product `json:"affectedData"`
}

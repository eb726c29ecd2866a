package sbom

import (
	"encoding/base64"
	"encoding/json"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// A cursor is where the last page ended: the sort key and the id of its last row. Opaque to callers.
func encodeCursor(key string, id int64) string {
	raw, _ := json.Marshal([]any{key, id})
	return base64.RawURLEncoding.EncodeToString(raw)
}

func decodeCursor(s string) (key string, id int64, err error) {
	if s == "" {
		return "", 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	var pair [2]json.RawMessage
	if err == nil {
		err = json.Unmarshal(raw, &pair)
	}
	if err == nil {
		err = json.Unmarshal(pair[0], &key)
	}
	if err == nil {
		err = json.Unmarshal(pair[1], &id)
	}
	if err != nil {
		return "", 0, problem.Wrap(problem.Invalid, err, "the cursor is not one that this list gave out").
			With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor"})
	}
	return key, id, nil
}

package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"bytes"
)

// whole serves a body with a validator, so that ranges and conditional requests work as in a public bucket.
func whole(w http.ResponseWriter, r *http.Request, contentType string, modified time.Time, body []byte) {
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Content-Type", contentType)
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}

package parquet

// The numbers by which parquet.thrift, the definition of the format, knows what a file is
// made of. A file is "PAR1", the pages of all columns, a FileMetaData struct, its length in
// four bytes and "PAR1". FileMetaData tells where the pages of each column chunk begin: the
// values of a column in a group of rows. A page is a PageHeader struct and its bytes.

// The encodings of values and of levels.
const (
	plain                = 0
	plainDictionary      = 2
	rle                  = 3
	deltaBinaryPacked    = 5
	deltaLengthByteArray = 6
	deltaByteArray       = 7
	rleDictionary        = 8
	byteStreamSplit      = 9
)

// The codecs that pages are compressed with.
const (
	uncompressed = 0
	snappyCodec  = 1
	gzipCodec    = 2
	brotliCodec  = 4
	zstdCodec    = 6
	lz4Raw       = 7
)

// What a page is; others hold indexes, which are passed over.
const (
	dataPage       = 0
	dictionaryPage = 2
	dataPageV2     = 3
)

// What the schema says of how often a value occurs; one that says nothing occurs once.
const (
	isOptional = 1
	isRepeated = 2
)

// The converted types, of files from before logical types, that change what a value is.
const (
	convertedDecimal = 5
	convertedDate    = 6 // 7 and 8 are times of a day, 9 and 10 those with a date
	convertedMoment  = 10
	convertedUint8   = 11 // 12 to 14 are those of 16, 32 and 64 bits
	convertedUint64  = 14
)

// The fields of the structs, by struct.
const (
	fileSchema   = 2 // FileMetaData
	fileRows     = 3
	fileGroups   = 4
	fileKeyValue = 5

	nodeType       = 1 // SchemaElement; a node without a type has children
	nodeLength     = 2
	nodeRepetition = 3
	nodeName       = 4
	nodeChildren   = 5
	nodeConverted  = 6
	nodeScale      = 7
	nodeLogical    = 10

	logicalDecimal = 5 // LogicalType
	logicalDate    = 6 // 7 is a time of a day, 8 one with a date
	logicalMoment  = 8
	logicalInteger = 10
	logicalFloat16 = 15
	decimalScale   = 1 // DecimalType
	integerSigned  = 2 // IntType

	groupChunks = 1 // RowGroup
	groupRows   = 3

	chunkPath      = 1 // ColumnChunk
	chunkMeta      = 3
	chunkCrypto    = 8
	chunkEncrypted = 9

	metaCodec      = 4 // ColumnMetaData
	metaValues     = 5
	metaSize       = 7
	metaData       = 9
	metaDictionary = 11

	pageType       = 1 // PageHeader
	pageUnpacked   = 2
	pageSize       = 3
	pageChecksum   = 4
	pageData       = 5
	pageDictionary = 7
	pageDataV2     = 8

	v1Values      = 1 // DataPageHeader
	v1Encoding    = 2
	v1Definitions = 3 // the encoding of these levels
	v1Repetitions = 4

	v2Values      = 1 // DataPageHeaderV2
	v2Encoding    = 4
	v2Definitions = 5 // the length of these levels, in bytes
	v2Repetitions = 6
	v2Compressed  = 7

	dictionaryValues   = 1 // DictionaryPageHeader
	dictionaryEncoding = 2

	pairKey   = 1 // KeyValue
	pairValue = 2
)

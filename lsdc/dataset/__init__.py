"""CSV files and DICOM slices become one label table: reading, geometry, selection and division of rows."""

"""The questionnaire that the instrument makes: an XLSForm and printable Word documents."""

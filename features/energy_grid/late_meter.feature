# A bill needs a register of its beginning: where there was none when the transaction began, the first one is told as what it is.
Feature: A meter that comes after the car

  @EG-08
  Scenario: The meter is missing when the car plugs in, and comes a minute later
    Given a charger where nobody needs a token
    And the meter is missing
    When the driver plugs in
    Then for 60 s the contactor stays open
    And the CSMS received exactly 1 TransactionEvent where
      | eventType  | Started  |
      | meterValue | (absent) |
    When the meter is back
    Then within 60 s the CSMS received TransactionEvent where
      | eventType                               | Updated           |
      | meterValue.0.sampledValue.0.context     | Transaction.Begin |
    And within 60 s the contactor closes
    When 10 min pass
    And the driver unplugs
    And 10 s pass
    Then the last transaction is billed between 3 kWh and 4 kWh

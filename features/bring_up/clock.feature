# The clock of the CSMS is not the clock of the pilot.
@bring-up @operator @requires:board
Feature: Bring-up: clock

  @BU-CK-01
  Scenario: The CSMS moves its clock by an hour: the PWM does not dip
    Given a charger where nobody needs a token
    And a car is connected and the contactor is closed
    When the clock of the CSMS jumps ahead by 1 h
    Then for 30 s the pilot duty cycle stays between 53.2 % and 53.4 %
    And the number of contactor openings is exactly 0
